using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>Lowers the section mcp.</summary>
internal static class McpLowering
{
    public static McpPlan? Lower(McpConfig? config, LoweringContext context) => config is null ? null : new McpPlan
    {
        Error = MatcherLowering.LowerError(config.Error),
        Servers = [.. (config.Servers?.Items ?? []).Select(s => LowerServer(s, context))],
    };

    private static McpServerPlan LowerServer(McpServerConfig server, LoweringContext context) => new()
    {
        Name = server.Name.Checked().Value,
        Rules = RuleLowering.Lower(server.Rules, context).Checked(),
        Upstream = server.Upstream is { } upstream ? UrlText.ParseUpstream(upstream, context.Repeated).Checked() : null,
        Tools = [.. (server.Tools?.Items ?? []).Select(t => MatcherLowering.LowerEntry(t.Name, t.When, t.At, context))],
        Prompts = server.Prompts is { } prompts ? [.. prompts.Items.Select(p => MatcherLowering.LowerEntry(p.Name, p.When, p.At, context))] : null,
        Resources = server.Resources is { } resources ? [.. resources.Items.Select(r => MatcherLowering.LowerEntry(r.Uri, null, r.At, context))] : null,
        Sampling = server.Sampling is { } sampling ? [.. sampling.Items.Select(s => MatcherLowering.LowerEntry(McpSampling.Method, s.When, s.At, context))] : null,
        At = server.At,
    };
}
