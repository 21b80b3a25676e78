using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>Lowers the section mcp. A single value becomes a list of one.</summary>
internal static class McpLowering
{
    private const int DefaultCode = -32001;
    private const string DefaultMessage = "blocked by iron-proxy policy";

    public static McpPlan? Lower(McpConfig? config, LoweringContext context) => config is null ? null : new McpPlan
    {
        Error = new McpErrorPlan((int)(config.Error?.Code?.Value ?? DefaultCode), config.Error?.Message?.Value ?? DefaultMessage),
        Servers = [.. (config.Servers?.Items ?? []).Select(s => LowerServer(s, context))],
    };

    /// <summary>The values that an argument is compared with.</summary>
    public static IEnumerable<YamlNode> Values(McpMatcherConfig matcher) =>
        matcher.EqualTo is { } value ? [value] : matcher.In?.Items ?? [];

    private static McpServerPlan LowerServer(McpServerConfig server, LoweringContext context) => new()
    {
        Name = server.Name.Checked().Value,
        Rules = RuleLowering.Lower(server.Rules, context).Checked(),
        Upstream = server.Upstream is { } upstream ? UrlText.ParseUpstream(upstream, context.Repeated).Checked() : null,
        Tools = [.. (server.Tools?.Items ?? []).Select(t => LowerEntry(t.Name, t.When, t.At, context))],
        Prompts = server.Prompts is { } prompts ? [.. prompts.Items.Select(p => LowerEntry(p.Name, p.When, p.At, context))] : null,
        Resources = server.Resources is { } resources ? [.. resources.Items.Select(r => LowerEntry(r.Uri, null, r.At, context))] : null,
        Sampling = server.Sampling is { } sampling ? [.. sampling.Items.Select(s => LowerEntry(McpSampling.Method, s.When, s.At, context))] : null,
        At = server.At,
    };

    private static McpEntryPlan LowerEntry(Located<string>? name, LocatedList<McpMatcherConfig>? when, SourcePosition at, LoweringContext context) =>
        LowerEntry(name.Checked().Value, when, at, context);

    private static McpEntryPlan LowerEntry(string name, LocatedList<McpMatcherConfig>? when, SourcePosition at, LoweringContext context) => new()
    {
        Name = name,
        When = [.. (when?.Items ?? []).Select(m => LowerMatcher(m, context))],
        At = at,
    };

    private static McpMatcherPlan LowerMatcher(McpMatcherConfig matcher, LoweringContext context) => new()
    {
        Path = [.. matcher.Path.Checked().Value.Split('.')],
        In = matcher.Matches is null ? [.. Values(matcher).Select(v => JsonText.Parse(v, context.Repeated).Checked())] : null,
        Matches = matcher.Matches is { } expression ? ExpressionText.Parse(expression, context.Repeated).Checked() : null,
        At = matcher.At,
    };
}
