namespace IronProxy.Plan;

/// <summary>
/// Something of a plan that the iron-proxy of this version cannot run. It refuses such a plan: nothing is skipped. The list is here, so
/// that whoever deploys a plan is told before it is started.
/// </summary>
/// <param name="Name">What it is, such as <c>the transform 'grpc'</c>.</param>
/// <param name="Key">The key of proxy.yaml that asks for it; null when an entry of a list does.</param>
/// <param name="At">Where the entry is; 0:0 when a key asks.</param>
public sealed record MissingPart(string Name, string? Key, SourcePosition At)
{
    /// <summary>What a plan has of that, in its order.</summary>
    public static IEnumerable<MissingPart> Of(ProxyPlan plan)
    {
        (bool IsAsked, string Name, string Key)[] sections =
        [
            (plan is { Tls.Mode: TlsMode.SniOnly, Upstream.Proxy: not null }, "proxy.upstream_proxy beside tls.mode 'sni-only'", "proxy.upstream_proxy"),
            (plan.Upstream.Proxy is not null && plan.Steps.OfType<AllowlistStepPlan>().Any(a => a.PassedThrough is not null), "proxy.upstream_proxy beside rules with tls 'passthrough'", "proxy.upstream_proxy"),
            (plan.Mcp is not null, "mcp", "mcp"),
        ];
        return [.. sections.Where(s => s.IsAsked).Select(s => new MissingPart(s.Name, s.Key, default)), .. plan.Steps.SelectMany(Of), .. Of(plan.Upstream.Sources)];
    }

    private static IEnumerable<MissingPart> Of(StepPlan step) => step.IsRun
        ? Of(step.Sources)
        : [new MissingPart($"the transform '{step.Type}'", null, step.At)];

    private static IEnumerable<MissingPart> Of(IEnumerable<SecretSourcePlan> sources) =>
        sources.Where(s => !s.IsRead).Select(s => new MissingPart($"the secret source '{s.Type}'", null, s.At));
}
