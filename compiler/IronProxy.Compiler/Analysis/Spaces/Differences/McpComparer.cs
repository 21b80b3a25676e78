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
            yield return new SettingDifference(Setting, SettingDirection.Widens, $"requests to {server} are sent {Way(after.Server)}; before: {Way(before.Server)}");
        }

        var lists = McpKind.All.Select(k => (k.Name, k.EntriesOf(before.Server), k.EntriesOf(after.Server))).Append(("question", before.Server.Sampling, after.Server.Sampling));
        foreach (var difference in lists.SelectMany(l => new AllowedEntryComparer(Setting, server, l.Item1).Compare(l.Item2, l.Item3)))
        {
            yield return difference;
        }
    }

    private static string Way(McpServerPlan server) => server.Upstream is { } url ? $"to {url}" : "where they ask for";

    private static (McpServerPlan Server, RequestSpace Scope)[] Servers(ProxyPlan plan, PlanSpaces spaces) => [.. (plan.Mcp?.Servers ?? []).Select(s => (s, spaces.Matching(s.Rules)))];
}
