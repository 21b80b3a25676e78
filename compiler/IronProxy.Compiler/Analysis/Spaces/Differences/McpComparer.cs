using System.Collections.Immutable;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>Compares what may be used of MCP servers.</summary>
internal sealed class McpComparer(ProxyPlan old, ProxyPlan @new, PlanSpaces oldSpaces, PlanSpaces newSpaces)
{
    private const string Setting = "mcp";

    private readonly (McpServerPlan Server, RequestSpace Scope)[] _old = Servers(old, oldSpaces);
    private readonly (McpServerPlan Server, RequestSpace Scope)[] _new = Servers(@new, newSpaces);

    /// <summary>Spaces that the comparison asks about.</summary>
    public IEnumerable<RequestSpace> Spaces => _old.Concat(_new).Select(s => s.Scope);

    public IEnumerable<SettingDifference> Compare(SpaceComparer spaces) =>
    [
        .. _new.Where(n => _old.All(o => o.Server.Name != n.Server.Name)).Select(n => new SettingDifference(Setting, SettingDirection.Narrows, $"messages to {n.Server.Name} are judged")),
        .. _old.Where(o => _new.All(n => o.Server.Name != n.Server.Name)).Select(o => new SettingDifference(Setting, SettingDirection.Widens, $"messages to {o.Server.Name} are judged no more")),
        .. _old.Join(_new, o => o.Server.Name, n => n.Server.Name, (o, n) => Compare(o, n, spaces)).SelectMany(d => d),
        .. old.Mcp is { } before && @new.Mcp is { } after && before.Error != after.Error
            ? (SettingDifference[])[new SettingDifference(Setting, SettingDirection.Changes, "denied calls are answered with another error")]
            : [],
    ];

    private static IEnumerable<SettingDifference> Compare((McpServerPlan Server, RequestSpace Scope) before, (McpServerPlan Server, RequestSpace Scope) after, SpaceComparer spaces)
    {
        var server = after.Server.Name;
        if (!spaces.Difference(before.Scope, after.Scope).IsEmpty)
        {
            yield return new SettingDifference(Setting, SettingDirection.Widens, $"{server} leaves out requests that it judged");
        }

        if (!spaces.Difference(after.Scope, before.Scope).IsEmpty)
        {
            yield return new SettingDifference(Setting, SettingDirection.Narrows, $"{server} judges requests that it left out");
        }

        if (before.Server.Upstream != after.Server.Upstream)
        {
            yield return new SettingDifference(Setting, SettingDirection.Changes, $"requests to {server} are sent {Way(after.Server)}; before: {Way(before.Server)}");
        }

        var lists = McpKind.All.Select(k => (k.Name, k.EntriesOf(before.Server), k.EntriesOf(after.Server))).Append(("question", before.Server.Sampling, after.Server.Sampling));
        foreach (var difference in lists.SelectMany(l => Compare(server, l.Item1, l.Item2, l.Item3)))
        {
            yield return difference;
        }
    }

    private static IEnumerable<SettingDifference> Compare(string server, string kind, ImmutableArray<McpEntryPlan>? before, ImmutableArray<McpEntryPlan>? after)
    {
        if (before is not { } old || after is not { } @new)
        {
            if (before is null != after is null)
            {
                yield return after is null
                    ? new SettingDifference(Setting, SettingDirection.Widens, $"any {kind} of {server} may be used")
                    : new SettingDifference(Setting, SettingDirection.Narrows, $"a {kind} of {server} must be on a list");
            }

            yield break;
        }

        var (was, now) = (ByName(old), ByName(@new));
        if (now.Keys.Except(was.Keys, StringComparer.Ordinal).ToArray() is [_, ..] more)
        {
            yield return new SettingDifference(Setting, SettingDirection.Widens, $"may be used of {server}: {kind} {string.Join(", ", more)}");
        }

        if (was.Keys.Except(now.Keys, StringComparer.Ordinal).ToArray() is [_, ..] less)
        {
            yield return new SettingDifference(Setting, SettingDirection.Narrows, $"may no longer be used of {server}: {kind} {string.Join(", ", less)}");
        }

        foreach (var name in was.Keys.Where(now.ContainsKey))
        {
            var (wasAsked, isAsked) = (Text(was[name]), Text(now[name]));
            if (wasAsked != isAsked)
            {
                // What cannot be told to allow less may allow more.
                yield return new SettingDifference(
                    Setting,
                    now[name].All(n => was[name].Any(o => AllowsNoMore(n, o))) ? SettingDirection.Narrows : SettingDirection.Widens,
                    $"of the arguments of {kind} {name} of {server} is asked: {isAsked}; before: {wasAsked}");
            }
        }
    }

    private static string Way(McpServerPlan server) => server.Upstream is { } url ? $"to {url}" : "where they ask for";

    /// <summary>The names that may be used, and the entries of each, of which one is enough.</summary>
    private static SortedDictionary<string, McpEntryPlan[]> ByName(ImmutableArray<McpEntryPlan> entries) => new(
        entries.GroupBy(e => e.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray()),
        StringComparer.Ordinal);

    /// <summary>Whether all that an entry allows is allowed by another one: for each thing that this one asks, it asks the same or more.</summary>
    private static bool AllowsNoMore(McpEntryPlan entry, McpEntryPlan other) => other.When.All(asked => entry.When.Any(m => m.Path.SequenceEqual(asked.Path, StringComparer.Ordinal) && (m, asked) switch
    {
        ({ In: { } values }, { In: { } allowed }) => values.All(v => allowed.Any(a => a.GetRawText() == v.GetRawText())),
        ({ Matches: { } pattern }, { Matches: { } same }) => pattern == same,
        _ => false,
    }));

    private static string Text(McpEntryPlan[] entries) => string.Join(" or ", entries.Select(Text).Order(StringComparer.Ordinal));

    private static string Text(McpEntryPlan entry) => entry.When.IsEmpty ? "nothing" : string.Join(" and ", entry.When.Select(Text).Order(StringComparer.Ordinal));

    private static string Text(McpMatcherPlan matcher) =>
        $"{string.Join('.', matcher.Path)} {(matcher.In is { } values ? $"in {string.Join(',', values.Select(v => v.GetRawText()).Order(StringComparer.Ordinal))}" : $"matches {JsonSerializer.Serialize(matcher.Matches)}")}";

    private static (McpServerPlan Server, RequestSpace Scope)[] Servers(ProxyPlan plan, PlanSpaces spaces) => [.. (plan.Mcp?.Servers ?? []).Select(s => (s, spaces.Matching(s.Rules)))];
}
