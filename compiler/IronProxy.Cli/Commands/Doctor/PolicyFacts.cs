using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>What doctor wants to know of a plan.</summary>
internal sealed record PolicyFacts
{
    private const int MaxHosts = 5;

    /// <summary>The policy, to ask about hosts.</summary>
    public required PlanPolicy Policy { get; init; }

    /// <summary>A few hosts with full names that requests to port 443 may go to.</summary>
    public required ImmutableArray<string> AllowedHosts { get; init; }

    /// <summary>Variables of the proxy that hold secrets, each with the placeholders that the workload may hold instead.</summary>
    public required ImmutableDictionary<string, ImmutableArray<string>> SecretVariables { get; init; }

    /// <summary>Files that only the proxy may read: secrets and the CA's key.</summary>
    public required ImmutableArray<string> SecretFiles { get; init; }

    /// <summary>Ports of the metrics and management listeners, by name.</summary>
    public required ImmutableArray<(string Name, int Port)> AdminPorts { get; init; }

    /// <summary>Ports that workloads are meant to use.</summary>
    public IEnumerable<int> WorkloadPorts =>
        new[] { Policy.Plan.Listeners.Http, Policy.Plan.Listeners.Https, Policy.Plan.Listeners.Tunnel, Policy.Plan.Dns?.Listen }.OfType<ListenAddress>().Select(l => l.Port);

    /// <summary>The tunnel listener's, if it listens where workloads could be.</summary>
    public int? TunnelPort => Policy.Plan.Listeners.Tunnel is { Port: > 0 } tunnel ? tunnel.Port : null;

    /// <summary>Whether TLS is passed on unread, so that a denial shows as a closed connection.</summary>
    public bool SniOnly => Policy.Plan.Tls.Mode == "sni-only";

    public static PolicyFacts Of(PlanPolicy policy)
    {
        var plan = policy.Plan;
        var sources = Sources(plan).ToArray();
        return new PolicyFacts
        {
            Policy = policy,
            AllowedHosts = [.. plan.Matching.Hosts.Select(h => h.Pattern).Where(p => Allows(policy, p)).Take(MaxHosts)],
            SecretVariables = sources
                .SelectMany(s => Variables(s.Source).Select(v => (Name: v, s.Placeholder)))
                .Concat(Others(plan).Select(v => (Name: v, Placeholder: (string?)null)))
                .GroupBy(v => v.Name, v => v.Placeholder, StringComparer.Ordinal)
                .ToImmutableDictionary(g => g.Key, g => g.OfType<string>().ToImmutableArray(), StringComparer.Ordinal),
            SecretFiles = [.. sources.Select(s => s.Source).OfType<FileSourcePlan>().Select(f => f.Path).Append(plan.Tls.CaKey).OfType<string>().Distinct(StringComparer.Ordinal)],
            AdminPorts =
            [
                .. new[] { ("metrics", plan.Listeners.Metrics), ("management", plan.Management?.Listen) }
                    .Where(l => l.Item2 is { Port: > 0 })
                    .Select(l => (l.Item1, l.Item2!.Port)),
            ],
        };
    }

    /// <summary>Whether the proxy's DNS server asks others about a name.</summary>
    public bool PassesThrough(string name) =>
        Policy.Plan.Dns?.Passthrough is { } rules
        && CanonicalHost.TryCreate(name, bracketed: false, out var host) is null
        && Policy.Matcher.NamesHost(rules, Policy.Matcher.FindHost(host));

    private static bool Allows(PlanPolicy policy, string name) =>
        !name.Contains('*', StringComparison.Ordinal) && !name.Contains('?', StringComparison.Ordinal)
        && CanonicalHost.TryCreate(name, bracketed: false, out var host) is null
        && policy.DecideDestination(policy.Matcher.FindHost(host), CanonicalRequest.Destination(host, 443), out _) is { Allowed: true, Rule: not null };

    private static IEnumerable<(SecretSourcePlan Source, string? Placeholder)> Sources(ProxyPlan plan) => plan.Steps.SelectMany(step => step switch
    {
        SecretsStepPlan s => s.Secrets.Select(secret => (secret.Source, secret.Replace?.ProxyValue)),
        OauthTokenStepPlan s => s.Tokens.SelectMany(t => t.Credentials.Concat(t.TokenEndpointHeaders)).Select(Bare),
        AwsAuthStepPlan s => s.Credentials.Select(Bare),
        HmacSignStepPlan s => s.Credentials.Select(Bare),
        GcpAuthStepPlan { Keyfile: { } keyfile } => [Bare(keyfile)],
        GcpIdTokenStepPlan s => [Bare(s.Keyfile)],
        _ => [],
    });

    private static (SecretSourcePlan Source, string? Placeholder) Bare(CredentialPlan credential) => (credential.Source, null);

    private static IEnumerable<string> Variables(SecretSourcePlan source) => source switch
    {
        EnvSourcePlan env => [env.Var],
        OnePasswordSourcePlan onePassword => [onePassword.TokenEnv],
        OnePasswordConnectSourcePlan connect => [connect.TokenEnv],
        _ => [],
    };

    /// <summary>Variables of sections and steps that read a key by themselves.</summary>
    private static IEnumerable<string> Others(ProxyPlan plan) =>
        plan.Steps.OfType<JudgeStepPlan>().Select(s => s.Provider.ApiKeyEnv).Append(plan.Management?.ApiKeyEnv).OfType<string>();
}
