namespace IronProxy.Plan.Tests.Requests;

/// <summary>
/// What is tried here is made from parts, so that every disguise meets every other: dots in all spellings, what can stand beside
/// them, and what can end their name, each written plainly, escaped, and escaped twice.
/// </summary>
public sealed class DotSegmentsTests
{
    private static readonly Reason[] Refusals = [Reason.DotSegment, Reason.InvalidPath, Reason.EncodedSeparator];

    /// <summary>Full-width, small and presentation forms, leaders, the ellipsis, and overlong UTF-8 of two to six bytes, also with broken marks.</summary>
    private static readonly string[] Dots =
    [
        ".", "%2e", "%EF%BC%8E", "%EF%B9%92", "%E2%80%A4", "%E2%80%A5", "%E2%80%A6", "%EF%B8%B0", "%EF%B8%99",
        "%E3%80%82", "%EF%BD%A1",
        "%C0%AE", "%c0%2e", "%c0%6e", "%C0.", "%E0%80%AE", "%e0%40%ae", "%F0%80%80%AE", "%F8%80%80%80%AE", "%FC%80%80%80%80%AE",
    ];

    /// <summary>Blanks, control and format characters, bytes that are no UTF-8, and what was UTF-8 before it ended at U+10FFFF.</summary>
    private static readonly string[] Covers =
    [
        "", "%20", "%09", "%0b", "%01", "%7f", "+", "%C2%A0", "%C2%85", "%C2%AD", "%E2%80%8B", "%E3%80%80", "%EF%BB%BF", "%E2%80%A8", "%FF", "%80", "%E2%80",
        "%F0%9B%B2%A0", "%ED%A0%80", "%E0%83%80", "%F0%80%83%80", "%CD%8F", "%EF%B8%8F", "%E3%85%A4", "%F3%A0%84%80", "%F8%88%80%80%80", "%FC%84%80%80%80%80",
    ];

    private static readonly string[] Ends = ["", ";", ";x=1", "%3b", "%3Bx", "%3f", "%23x", ":", "%3a", ":$i30:$INDEX_ALLOCATION", "%EF%BC%9B", "%00", "%00.txt"];

    private static readonly string[] Separators = ["/", "%2f", "%5c", "%EF%BC%8F", "%EF%BC%BC", "%E2%88%95", "%E2%81%84", "%C0%AF", "%C2%A5", "%E2%82%A9", "%EF%BF%A5", "%EF%BF%A6"];

    [Fact]
    public void Two_dots_are_found_in_every_disguise()
    {
        var tried = 0;
        foreach (var disguise in Disguises())
        {
            var path = $"/public/{disguise}/admin";
            foreach (var written in (string[])[path, EscapeAgain(path), EscapeAgain(EscapeAgain(path)), EscapeDigits(path), $"/{disguise}"])
            {
                AssertRefused(written);
                tried++;
            }
        }

        Assert.True(tried > 50_000, $"{tried}");
    }

    [Fact]
    public void Two_dots_are_found_between_separators_of_every_kind()
    {
        foreach (var before in Separators)
        {
            foreach (var behind in Separators)
            {
                foreach (var dots in Dots)
                {
                    AssertRefused($"/public{before}{dots}{dots}{behind}admin");
                    AssertRefused(EscapeAgain($"/public{before}{dots}{dots}{behind}admin"));
                }
            }
        }
    }

    /// <summary>One dot is removed by whoever sees it. When it is hidden, only some see it.</summary>
    [Fact]
    public void A_single_dot_may_not_be_disguised_either()
    {
        var disguises =
            from dot in Dots
            from cover in Covers
            from end in Ends
            where dot != "." || cover.Length > 0 || end.Length > 0
            from disguise in new[] { dot + cover + end, cover + dot + end }
            select disguise;
        foreach (var disguise in disguises.Distinct(StringComparer.Ordinal))
        {
            AssertRefused($"/public/{disguise}/admin");
            AssertRefused(EscapeAgain($"/public/{disguise}/admin"));
        }
    }

    [Theory]
    [InlineData("/...")]
    [InlineData("/..../a")]
    [InlineData("/a/...%20/b")]
    public void More_dots_are_refused_as_Windows_takes_them_off_the_end_of_a_name(string path) => AssertRefused(path);

    [Theory]
    [InlineData("/.well-known/acme-challenge/x")]
    [InlineData("/a/.git/..config/x..y/main...feature")]
    [InlineData("/a/v1.0./b")]
    [InlineData("/a/%20a.%20/..b;x=..y")]
    [InlineData("/..%E6%97%A5/%E6%97%A5%EF%BC%8E%EF%BC%8E")]
    [InlineData("/%E2%80%8B/%20/+/%FF/")]
    [InlineData("/M%FCnchen/caf%E9/%80uro")]
    [InlineData("/%E0%A4%A8%E0%A4%AE")]
    [InlineData("/a%C2%80b")]
    [InlineData("/..%F4%8F%BF%BF")]
    [InlineData("/;a=.;b=..")]
    [InlineData("/x+../..+x")]
    [InlineData("/%F0%9F%9A%80..%F0%9F%9A%80")]
    [InlineData("/100%25../a")]
    public void Names_that_only_have_dots_in_them_are_names(string path) => Assert.Null(RequestTarget.TryCreate(path, out _));

    [Theory]
    [InlineData("/%C0%AFetc")]
    [InlineData("/%2e/%C0%AFetc")]
    [InlineData("/a%C1%9Cb")]
    [InlineData("/a%E0%80%AFb")]
    [InlineData("/%C1%A1dmin")]
    [InlineData("/%25c0%25afetc")]
    public void Overlong_characters_are_refused_wherever_they_stand(string path) =>
        Assert.Same(Reason.InvalidPath, RequestTarget.TryCreate(path, out _));

    /// <summary>Each dot beside a plain one, on both sides, and beside its like.</summary>
    private static IEnumerable<string> Disguises() => (
        from dot in Dots
        from pair in new[] { (dot, "."), (".", dot), (dot, dot) }
        let one = pair.Item1
        let other = pair.Item2
        from cover in Covers
        from end in Ends
        from disguise in new[] { $"{one}{other}{cover}{end}", $"{cover}{one}{cover}{other}{end}" }
        select disguise).Distinct(StringComparer.Ordinal);

    private static void AssertRefused(string path) =>
        Assert.True(RequestTarget.TryCreate(path, out _) is { } reason && Refusals.Contains(reason), path);

    /// <summary>For a reader that decodes once more.</summary>
    private static string EscapeAgain(string path) => path.Replace("%", "%25", StringComparison.Ordinal);

    /// <summary>The same, with the digits escaped as well: %2e becomes %25%32%65.</summary>
    private static string EscapeDigits(string path) =>
        string.Concat(path.Select((c, i) => c == '%' ? "%25" : (i > 0 && path[i - 1] == '%') || (i > 1 && path[i - 2] == '%') ? $"%{(int)c:x2}" : c.ToString()));
}
