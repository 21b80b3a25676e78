using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Scrubbing;

/// <summary>What is taken out of a stream, however it is written and wherever it is cut.</summary>
public sealed class StreamScrubberTests
{
    private const string Real = "sk-live \"7/ä€😀%4A\\";
    private const string Placeholder = "pk-\"1\"";
    private static readonly (string Real, string Placeholder)[] Values = [(Real, Placeholder), ("sk-live-abc", "pk-2"), ("aabaabaa", "<>"), ("aabaabaab", "longer")];
    private static readonly PatternAutomaton Automaton = AutomatonOf(Values);
    private static readonly NaiveScrubber Reference = new(Values);

    public static TheoryData<string> Forms =>
    [
        Latin1(Real),
        Percent(Real, "X2"),
        Percent(Real, "x2"),
        Uri.EscapeDataString(Real),
        Regex.Replace(Uri.EscapeDataString(Real), "%[0-9A-F]{2}", static e => e.Value.ToLowerInvariant()),
        Uri.EscapeDataString(Real).Replace("%20", "+", StringComparison.Ordinal),
        System.Text.Json.JsonSerializer.Serialize(Real),
        string.Concat(Real.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"))),
        Latin1(Real.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("/", "\\/", StringComparison.Ordinal)),
        Base64(Real),
        Base64("u:" + Real + "!"),
        Base64(":" + Real),
        Base64(":" + Real).Replace('+', '-').Replace('/', '_').TrimEnd('='),
        Uri.EscapeDataString(Base64(":" + Real)),
        Base64("u:" + Real).Replace("/", "\\/", StringComparison.Ordinal),
        "sk-live-abcsk-live-abc",
        "aabaabaabaab",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_is_found_at_every_cut(string form)
    {
        Assert.NotEqual(form, Reference.Scrub(form));
        foreach (var body in (string[])[form, $"before {form} behind", $"%{form}%", $"\\{form}\\u", form + form[..^1]])
        {
            var expected = Reference.Scrub(body);
            Assert.Equal(expected, Scrub(body));
            for (var cut = 1; cut < body.Length; cut++)
            {
                Assert.Equal(expected, Scrub(body[..cut], body[cut..]));
            }

            Assert.Equal(expected, Scrub([.. body.Select(c => c.ToString())]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_comes_out_is_what_the_definition_says_of_any_bytes(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 100; i++)
        {
            var body = RandomBody(random);
            var expected = Reference.Scrub(body);
            Assert.Equal(expected, Scrub(body));
            Assert.Equal(expected, Scrub([.. Cut(body, random)]));
            Assert.Equal(expected, Scrub([.. body.Select(c => c.ToString())]));
        }
    }

    [Fact]
    public void Bytes_without_a_value_are_passed_on_as_they_are()
    {
        var scrubber = new StreamScrubber(Automaton);
        var output = new ArrayBufferWriter<byte>();

        Assert.True(scrubber.Take("data: {\"text\": \"100 % of it\\n\"}\n\n"u8, output));
        Assert.True(scrubber.Take("data: [DONE]\n\n"u8, output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void What_begins_a_value_waits_and_a_whole_one_does_not()
    {
        var scrubber = new StreamScrubber(Automaton);
        var output = new ArrayBufferWriter<byte>();

        Assert.False(scrubber.Take("data: sk-live-a"u8, output));
        Assert.Equal("data: ", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.False(scrubber.Take("bc"u8, output));
        Assert.Equal("data: pk-2", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.True(scrubber.Take("\n\n"u8, output));
    }

    [Theory]
    [InlineData("sk-live-ab")]
    [InlineData("\\u0073k-live-ab")]
    [InlineData("%73k-live-ab%")]
    [InlineData("aabaabaa")]
    public void What_is_held_back_is_no_longer_than_an_escaped_value(string repeated)
    {
        var scrubber = new StreamScrubber(Automaton);
        var output = new ArrayBufferWriter<byte>();
        var text = Encoding.ASCII.GetBytes(repeated);
        var longest = Automaton.MaxDepth * Escapes.MaxLength;
        for (var i = 0; i < 5000; i++)
        {
            scrubber.Take(text, output);
            Assert.InRange(scrubber.Held, 0, longest);
        }
    }

    [Fact]
    public void Values_of_some_kilobytes_are_found_too()
    {
        var key = string.Concat(Enumerable.Range(0, 800).Select(i => i.ToString(CultureInfo.InvariantCulture) + "\n"));
        var automaton = AutomatonOf([(key, "key")]);

        Assert.Equal("key", Scrub(automaton, key.TrimEnd()));
        Assert.Equal("{key}", Scrub(automaton, "{", key.Trim().Replace("\n", "\\n", StringComparison.Ordinal), "}"));
    }

    [Fact]
    public void Behind_base64_all_can_be_decoded_as_before()
    {
        var scrubbed = Encoding.UTF8.GetString(Convert.FromBase64String(Scrub(Base64("user:sk-live-abc and more"))));

        Assert.StartsWith("user:", scrubbed, StringComparison.Ordinal);
        Assert.EndsWith(" and more", scrubbed, StringComparison.Ordinal);
        Assert.Contains("k-2pk-2pk", scrubbed, StringComparison.Ordinal);
        Assert.DoesNotContain("live", scrubbed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[sk-live-abc]", "[pk-2pk-2pk-]")]
    [InlineData("[%73k-live-abc]", "[pk-2pk-2pk-2p]")]
    [InlineData("[aabaabaabaab]", "[longerlonger]")]
    [InlineData("[aabaabaaabaabaa]", "[<><><><><><><><]")]
    public void In_bodies_of_fixed_lengths_the_length_stays_at_every_cut(string body, string expected)
    {
        for (var cut = 0; cut <= body.Length; cut++)
        {
            Assert.Equal(expected, Scrub(Automaton, ScrubFormat.SameLength, body[..cut], body[cut..]));
        }
    }

    [Fact]
    public void What_takes_a_value_s_place_stays_one_value_in_JSON_and_in_forms()
    {
        Assert.Equal("""{"a":"pk-\"1\""}""", Scrub(Automaton, ScrubFormat.Text(BodyFormat.Json), $$"""{"a":{{System.Text.Json.JsonSerializer.Serialize(Real)}}}"""));
        Assert.Equal("a=pk-%221%22&b=1", Scrub(Automaton, ScrubFormat.Text(BodyFormat.Form), $"a={Uri.EscapeDataString(Real)}&b=1"));
    }

    private static PatternAutomaton AutomatonOf((string Real, string Placeholder)[] values) =>
        new(values.SelectMany(v => ScrubPattern.Of(new ScrubbedValue("KEY", new SecretValue(v.Real), v.Placeholder))));

    private static string Scrub(params string[] pieces) => Scrub(Automaton, pieces);

    private static string Scrub(PatternAutomaton automaton, params string[] pieces) => Scrub(automaton, ScrubFormat.Line, pieces);

    private static string Scrub(PatternAutomaton automaton, ScrubFormat format, params string[] pieces)
    {
        var scrubber = new StreamScrubber(automaton);
        var output = new ArrayBufferWriter<byte>();
        scrubber.Begin(format);
        foreach (var piece in pieces)
        {
            var bytes = Encoding.Latin1.GetBytes(piece);
            if (scrubber.Take(bytes, output))
            {
                output.Write(bytes);
            }
        }

        scrubber.End(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static string RandomBody(Random random)
    {
        var body = new StringBuilder();
        for (var i = 0; i < 6; i++)
        {
            var text = Encoding.Latin1.GetString(random.GetItems(Reference.Patterns.ToArray(), 1)[0]);
            body.Append(random.Next(6) switch
            {
                0 => text,
                1 => text[..random.Next(text.Length)],
                2 => text[random.Next(text.Length)..],
                3 => Escaped(text, random, c => string.Create(CultureInfo.InvariantCulture, $"%{(int)c:x2}")),
                4 => Escaped(text, random, c => c < 0x80 ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : c.ToString()),
                _ => new string(random.GetItems("%\\\"u0a4 b/".ToCharArray(), 5)),
            });
        }

        return body.ToString();
    }

    private static string Escaped(string text, Random random, Func<char, string> escape) =>
        string.Concat(text.Select(c => random.Next(3) == 0 ? escape(c) : c.ToString()));

    private static IEnumerable<string> Cut(string body, Random random)
    {
        for (var at = 0; at < body.Length;)
        {
            var length = Math.Min(1 + random.Next(9), body.Length - at);
            yield return body.Substring(at, length);
            at += length;
        }
    }

    private static string Latin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Percent(string text, string format) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(b => "%" + b.ToString(format, CultureInfo.InvariantCulture)));
}
