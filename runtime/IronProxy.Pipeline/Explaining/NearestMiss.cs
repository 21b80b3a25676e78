using System.Collections.Immutable;
using System.Text.Json.Serialization;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Explaining;

/// <summary>The rule that comes nearest to a request, and what would have to be different for it to match.</summary>
/// <param name="At">The rule.</param>
/// <param name="Differs">Which of host, port, scheme, method, path and client differ.</param>
/// <param name="Wanted">What the rule asks in their place.</param>
public sealed record NearestMiss(SourcePosition At, ImmutableArray<string> Differs, WantedRequest Wanted)
{
    /// <summary>How many alternatives a sentence names.</summary>
    private const int MaxNamed = 6;

    /// <summary>What would have to be so, as the clause behind "if".</summary>
    [JsonIgnore]
    public string Condition => string.Join(" and ", Clauses());

    /// <summary>The rule that the matcher found nearest. Null when there is none.</summary>
    public static NearestMiss? Of(ProxyPlan plan, NearestRule? nearest)
    {
        if (nearest is not { } miss)
        {
            return null;
        }

        var tables = plan.Matching;
        var rule = tables.Rules[miss.Rule.Set].Items[miss.Rule.Rule];
        var when = tables.Conditions[rule.When];
        var differs = miss.Differs;
        return new NearestMiss(
            rule.At,
            [.. Enum.GetValues<RuleDimensions>().Where(d => d != RuleDimensions.None && differs.HasFlag(d)).Select(d => d.ToString().ToLowerInvariant())],
            new WantedRequest
            {
                Host = differs.HasFlag(RuleDimensions.Host) ? rule.Host is { } host ? tables.Hosts[host].Pattern : tables.Cidrs[rule.Cidr!.Value] : null, // One of the two is set.
                Ports = differs.HasFlag(RuleDimensions.Port) ? when.Ports : null,
                Scheme = differs.HasFlag(RuleDimensions.Scheme) ? when.Scheme : null,
                Methods = differs.HasFlag(RuleDimensions.Method) ? when.Methods : null,
                Paths = differs.HasFlag(RuleDimensions.Path) ? when.Paths : null,
                Clients = differs.HasFlag(RuleDimensions.Client) ? when.Clients : null,
            });
    }

    /// <summary>The best of several sets' answers: for the host itself, then with the fewest differences, then the first.</summary>
    public static NearestMiss? Best(IEnumerable<NearestMiss?> misses) =>
        misses.OfType<NearestMiss>().MinBy(m => (m.Wanted.Host is not null, m.Differs.Length));

    private IEnumerable<string> Clauses()
    {
        var clauses = new (string What, IEnumerable<string>? Wanted)[]
        {
            ("host", Wanted.Host is { } host ? [host] : null),
            ("port", Wanted.Ports?.Select(p => $"{p}")),
            ("scheme", Wanted.Scheme is { } scheme ? [scheme] : null),
            ("method", Wanted.Methods),
            ("path", Wanted.Paths),
            ("client", Wanted.Clients),
        };
        return clauses.Where(c => c.Wanted is not null).Select((c, i) => $"the {c.What} {(i == 0 ? "were " : "")}{Alternatives([.. c.Wanted!])}");
    }

    private static string Alternatives(string[] values) => values.Length switch
    {
        0 => "another",
        1 => values[0],
        <= MaxNamed => $"{string.Join(", ", values[..^1])} or {values[^1]}",
        _ => $"{string.Join(", ", values[..MaxNamed])} or one of {values.Length - MaxNamed} others",
    };
}

/// <summary>What a rule asks in the place of what differs. The rest is null.</summary>
public sealed record WantedRequest
{
    /// <summary>Host pattern or network.</summary>
    public string? Host { get; init; }

    /// <summary>Ports.</summary>
    public ImmutableArray<int>? Ports { get; init; }

    /// <summary>The scheme.</summary>
    public string? Scheme { get; init; }

    /// <summary>Methods.</summary>
    public ImmutableArray<string>? Methods { get; init; }

    /// <summary>Path patterns.</summary>
    public ImmutableArray<string>? Paths { get; init; }

    /// <summary>Names of clients.</summary>
    public ImmutableArray<string>? Clients { get; init; }
}
