using System.Net;

namespace IronProxy.Plan.Tests.Matching;

/// <summary>The rules of matching once more, as short and as slow as they can be written.</summary>
internal static class NaiveMatcher
{
    /// <summary>Index of the first rule that matches, or null.</summary>
    public static int? FirstRule(IReadOnlyList<TestRule> rules, CanonicalRequest request)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (MatchesRule(rules[i], request))
            {
                return i;
            }
        }

        return null;
    }

    public static bool MatchesHost(string pattern, string host) =>
        pattern == "*"
        || (pattern.StartsWith("*.", StringComparison.Ordinal)
            ? Enumerable.Range(0, host.Length).Any(i => (i == 0 || host[i - 1] == '.') && MatchesGlob(pattern[2..], host[i..], '.'))
            : MatchesGlob(pattern, host, '.'));

    public static bool MatchesPath(string pattern, string path) =>
        pattern.EndsWith('*')
            ? Prefixes(path).Any(prefix => MatchesGlob(pattern[..^1], prefix, '/')) || (pattern.EndsWith("/*", StringComparison.Ordinal) && pattern.Length > 2 && MatchesGlob(pattern[..^2], path, '/'))
            : MatchesGlob(pattern, path, '/');

    public static bool MatchesNetwork(string cidr, IPAddress? address)
    {
        var parts = cidr.Split('/');
        var network = Bits(IPAddress.Parse(parts[0]));
        return address is not null && Bits(address) is var bits && bits.Length == network.Length
            && bits[..int.Parse(parts[1])] == network[..int.Parse(parts[1])];
    }

    private static bool MatchesRule(TestRule rule, CanonicalRequest request) =>
        (rule.Host is { } host ? MatchesHost(host, request.Host.Text) : MatchesNetwork(rule.Cidr!, request.Host.Address)) // A rule has one of both.
        && (rule.Ports is null || rule.Ports.Contains(request.Port))
        && (rule.Scheme is null || request.Scheme is null || rule.Scheme == request.Scheme)
        && (rule.Clients is null || rule.Clients.Contains(request.Client))
        && (request.IsDestination || MatchesHead(rule, request));

    private static bool MatchesHead(TestRule rule, CanonicalRequest request) =>
        (rule.Methods is null || rule.Methods.Contains(request.Method))
        && (rule.Paths is null || rule.Paths.Any(p => MatchesPath(p, request.Target.MatchPath)));

    /// <summary>Wildcards that do not cross a separator.</summary>
    private static bool MatchesGlob(string pattern, string text, char separator)
    {
        if (pattern.Length == 0)
        {
            return text.Length == 0;
        }

        var one = text.Length > 0 && text[0] != separator;
        return pattern[0] switch
        {
            '*' => MatchesGlob(pattern[1..], text, separator) || (one && MatchesGlob(pattern, text[1..], separator)),
            '?' => one && MatchesGlob(pattern[1..], text[1..], separator),
            var c => text.StartsWith(c) && MatchesGlob(pattern[1..], text[1..], separator),
        };
    }

    private static IEnumerable<string> Prefixes(string text) => Enumerable.Range(0, text.Length + 1).Select(length => text[..length]);

    private static string Bits(IPAddress address) => string.Concat(address.GetAddressBytes().Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));
}
