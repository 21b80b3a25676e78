using System.Net;
using System.Text;

namespace IronProxy.Cli.Tests.Explaining;

/// <summary>A request of a small world. It may have X-Key, which Connection may name, so that it belongs to the client's connection alone, and a body.</summary>
internal sealed record NaiveRequest(string Method, string Scheme, string Host, int Port, string Path, string? Key, bool HidesKey, string? Body)
{
    /// <summary>The head, but for Host.</summary>
    public IEnumerable<(string Name, string Value)> Headers =>
        [.. Key is null ? [] : ((string, string)[])[("X-Key", Key)], .. HidesKey ? ((string, string)[])[("Connection", "x-key")] : []];

    /// <summary>Whether a tunnel is asked for, or TLS hides all but the destination.</summary>
    public bool IsDestination { get; init; }

    public string Url => $"{Scheme}://{Host}:{Port}{Path}";
}

/// <summary>A rule, and the line that it is written on.</summary>
internal sealed record NaiveRule(int Line, string Kind, string Place, string[] Methods, string[] Paths, int[] Ports, string[] Schemes)
{
    public bool Matches(NaiveRequest request) => NamesHost(request.Host) && !OtherDifferences(request).Any();

    /// <summary>What would have to be different, in the order of the JSON.</summary>
    public IEnumerable<string> Differences(NaiveRequest request) =>
        (NamesHost(request.Host) ? [] : (string[])["host"]).Concat(OtherDifferences(request));

    public bool NamesHost(string host) => Kind == "cidr"
        ? IPAddress.TryParse(host, out var address) && IPNetwork.Parse(Place).Contains(address)
        : MatchesHost(Place, host);

    /// <summary>How many labels at the end are the host's: the more, the nearer.</summary>
    public int Likeness(string host)
    {
        if (IPAddress.TryParse(host, out _))
        {
            return Kind == "cidr" ? 1 : 0;
        }

        var labels = (Place.StartsWith("*.", StringComparison.Ordinal) ? Place[2..] : Place).Split('.').Reverse();
        return Kind == "cidr" ? -1 : labels.Zip(host.Split('.').Reverse()).TakeWhile(p => p.First == p.Second).Count();
    }

    public override string ToString()
    {
        return $"{{{Kind}: '{Place}'{List("methods", Methods)}{List("paths", Paths.Select(p => $"'{p}'"))}{List("ports", Ports)}{List("schemes", Schemes)}}}";

        static string List<T>(string key, IEnumerable<T> values) => values.Any() ? $", {key}: [{string.Join(", ", values)}]" : "";
    }

    private IEnumerable<string> OtherDifferences(NaiveRequest request)
    {
        if (Ports.Length > 0 && !Ports.Contains(request.Port))
        {
            yield return "port";
        }

        if (request.IsDestination)
        {
            yield break;
        }

        if (Schemes.Length > 0 && !Schemes.Contains(request.Scheme))
        {
            yield return "scheme";
        }

        if (Methods.Length > 0 && !Methods.Contains(request.Method))
        {
            yield return "method";
        }

        if (Paths.Length > 0 && !Paths.Any(p => MatchesPath(p, request.Path)))
        {
            yield return "path";
        }
    }

    private static bool MatchesHost(string pattern, string host)
    {
        var deep = pattern.StartsWith("*.", StringComparison.Ordinal);
        var labels = (deep ? pattern[2..] : pattern).Split('.');
        var parts = host.Split('.');
        return pattern == "*"
            || ((deep ? parts.Length >= labels.Length : parts.Length == labels.Length) && labels.Zip(parts[^labels.Length..]).All(p => MatchesText(p.First, p.Second)));
    }

    /// <summary>A star at the very end takes slashes, too; <c>/v1/*</c> is <c>/v1</c> as well.</summary>
    private static bool MatchesPath(string pattern, string path) => pattern.EndsWith('*')
        ? path.StartsWith(pattern[..^1], StringComparison.Ordinal) || (pattern.Length > 2 && pattern[^2] == '/' && path == pattern[..^2])
        : pattern.Split('/') is var segments && path.Split('/') is var parts && segments.Length == parts.Length && segments.Zip(parts).All(p => MatchesText(p.First, p.Second));

    private static bool MatchesText(string pattern, string text) => (pattern, text) switch
    {
        ("", _) => text.Length == 0,
        (['*', ..], _) => Enumerable.Range(0, text.Length + 1).Any(i => MatchesText(pattern[1..], text[i..])),
        (_, "") => false,
        _ => (pattern[0] == '?' || pattern[0] == text[0]) && MatchesText(pattern[1..], text[1..]),
    };
}

/// <summary>An entry of a step. A placeholder is looked for in X-Key, and in the body where it says so; what is injected is set in X-Key, too.</summary>
internal sealed record NaiveEntry(int Line, string? Placeholder, bool InBody, bool Require, bool Plaintext, NaiveRule[] Rules);

/// <summary>A step: <c>secrets</c> has any number of entries, the others have one. Of <c>header_allowlist</c> <c>Warn</c> says that X-Key stays.</summary>
internal sealed record NaiveStep(string Type, int Line, bool Warn, NaiveEntry[] Entries);

/// <summary>What somebody says about a request. Lines are 0 where there is no rule.</summary>
/// <param name="Allowed">The verdict.</param>
/// <param name="Reason">The code of a denial.</param>
/// <param name="Line">The rule that let the request through, or what refused it.</param>
/// <param name="Nearest">For an allowlist's denial: the rule that comes nearest, and what differs.</param>
/// <param name="Matches">For each entry that was asked: its line and that of its rule; -1 is out of scope.</param>
internal sealed record Answer(bool Allowed, string? Reason, int Line, string? Nearest, string Matches);

/// <summary>Reads a policy as a person would: step by step, rule by rule, without tables.</summary>
internal sealed record NaivePolicy(bool SniOnly, NaiveStep[] Steps, string Yaml)
{
    public Answer Decide(NaiveRequest request)
    {
        var tunnel = request.Method == "CONNECT";
        var seen = request with { IsDestination = tunnel || (SniOnly && request.Scheme == "https") };
        var matches = new StringBuilder();
        var allowedBy = 0;
        var sent = (Key: request.HidesKey ? null : request.Key, request.Body);
        foreach (var step in Steps)
        {
            if (step.Type == "allowlist")
            {
                var rules = step.Entries[0].Rules;
                var rule = Array.Find(rules, r => r.Matches(seen));
                matches.Append($"{step.Line}:{rule?.Line ?? -1} ");
                allowedBy = allowedBy == 0 ? rule?.Line ?? 0 : allowedBy;
                if (rule is null && !step.Warn)
                {
                    var reason = rules.Any(r => r.NamesHost(seen.Host)) ? "request_not_allowed" : "host_not_allowed";
                    return new Answer(false, reason, step.Line, Nearest(rules, seen), matches.ToString());
                }
            }
            else if (!seen.IsDestination)
            {
                foreach (var entry in step.Entries)
                {
                    if (Refusal(step, entry, seen, ref sent, matches) is var (reason, line))
                    {
                        return new Answer(false, reason, line, null, matches.ToString());
                    }
                }
            }
        }

        return new Answer(true, null, allowedBy, null, matches.ToString());
    }

    private static (string Reason, int Line)? Refusal(NaiveStep step, NaiveEntry entry, NaiveRequest request, ref (string? Key, string? Body) sent, StringBuilder matches)
    {
        var rule = Array.Find(entry.Rules, r => r.Matches(request));
        var inScope = entry.Rules.Length == 0 || rule is not null;
        matches.Append($"{entry.Line}:{(inScope ? rule?.Line ?? 0 : -1)} ");
        if (!inScope)
        {
            return null;
        }

        if (step.Type == "header_allowlist")
        {
            sent.Key = step.Warn ? sent.Key : null;
            return null;
        }

        if (step.Type == "secrets" && entry.Placeholder is { } placeholder)
        {
            var inBody = entry.InBody && sent.Body?.Contains(placeholder, StringComparison.Ordinal) == true;
            if (!inBody && sent.Key?.Contains(placeholder, StringComparison.Ordinal) != true)
            {
                return entry.Require ? ("secret_required", rule?.Line ?? entry.Line) : null;
            }

            sent.Key = sent.Key?.Replace(placeholder, "", StringComparison.Ordinal);
            sent.Body = inBody ? sent.Body!.Replace(placeholder, "", StringComparison.Ordinal) : sent.Body; // It was found there.
        }
        else if (step.Type == "secrets")
        {
            sent.Key = "";
        }

        return request.Scheme == "http" && !entry.Plaintext ? ("secret_over_plaintext", entry.Line) : null;
    }

    private static string? Nearest(NaiveRule[] rules, NaiveRequest request)
    {
        var best = rules
            .Select(r => (Rule: r, Differs: r.Differences(request).ToArray()))
            .OrderBy(r => r.Differs.Contains("host"))
            .ThenBy(r => r.Differs.Length)
            .ThenByDescending(r => r.Differs.Contains("host") ? r.Rule.Likeness(request.Host) : 0)
            .FirstOrDefault();
        return best.Rule is null ? null : $"{best.Rule.Line} {string.Join(',', best.Differs)}";
    }
}
