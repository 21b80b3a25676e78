using IronProxy.Plan;

namespace IronProxy.Targets.Model;

/// <summary>A secret source, and where proxy.yaml asks for it.</summary>
internal sealed record LocatedSource(SecretSourcePlan Source, SourcePosition At);

/// <summary>Finds every source of a plan, in whatever step it is.</summary>
internal static class PlanSources
{
    public static IEnumerable<LocatedSource> Of(ProxyPlan plan) => plan.Steps.SelectMany(Of);

    /// <summary>Files that steps read themselves, beside those of secret sources.</summary>
    public static IEnumerable<RequiredSecret> NamedKeyFiles(ProxyPlan plan) =>
        from step in plan.Steps.OfType<GrpcStepPlan>()
        from path in (string?[])[step.Tls?.CaCert, step.Tls?.Cert, step.Tls?.Key]
        where path is not null
        select new RequiredSecret(path, step.At);

    private static IEnumerable<LocatedSource> Of(StepPlan step) => step switch
    {
        SecretsStepPlan secrets => secrets.Secrets.Select(s => new LocatedSource(s.Source, s.At)),
        OauthTokenStepPlan oauth => oauth.Tokens.SelectMany(t => t.Credentials.Concat(t.TokenEndpointHeaders).Select(c => new LocatedSource(c.Source, t.At))),
        AwsAuthStepPlan aws => aws.Credentials.Select(c => new LocatedSource(c.Source, aws.At)),
        GcpAuthStepPlan { Keyfile: { } keyfile } gcp => [new LocatedSource(keyfile.Source, gcp.At)],
        GcpIdTokenStepPlan id => [new LocatedSource(id.Keyfile.Source, id.At)],
        HmacSignStepPlan hmac => hmac.Credentials.Select(c => new LocatedSource(c.Source, hmac.At)),
        JudgeStepPlan judge => [new LocatedSource(new EnvSourcePlan { Var = judge.Provider.ApiKeyEnv, At = judge.At }, judge.At)],
        _ => [],
    };
}
