using IronProxy.Certificates;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Clients;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.LanguageModels;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.TransformServers;
using IronProxy.Runtime.Upstream;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Policies;

/// <summary>Makes policies of plans. What they share lives longer than each of them.</summary>
/// <param name="host">What may be read of the machine.</param>
/// <param name="limits">The limits of the process.</param>
/// <param name="names">Who is asked about names.</param>
/// <param name="lookups">The questions to name servers.</param>
/// <param name="own">The proxy's own listeners.</param>
/// <param name="overrides">What the environment changes of where the proxy stands.</param>
/// <param name="parts">What policies are made of.</param>
/// <param name="metrics">What counts.</param>
/// <param name="secretLog">Where it is said that a secret cannot be read any more.</param>
/// <param name="time">The clock.</param>
internal sealed class PolicyFactory(
    HostAccess host, ProxyLimits limits, NameSource names, DnsLookups lookups, OwnListeners own,
    PlacementOverrides overrides, PolicyParts parts, ProxyMetrics metrics, ILogger<SecretStore> secretLog, TimeProvider time)
{
    private readonly RotatedTokens _rotated = new();
    private readonly UpstreamPermits _permits = new(limits.UpstreamConnections);
    private readonly WrongPasswords _wrongPasswords = new(limits.WrongPasswordsPerMinute, metrics, time);

    /// <summary>The proxies that the environment names. It is read for the first policy that asks for them, and for no other.</summary>
    /// <exception cref="StartupException">A variable cannot be used.</exception>
    private UpstreamProxies EnvironmentProxies => field ??= Upstream.EnvironmentProxies.Read(host.ReadVariable);

    /// <summary>A plan as it stands on this machine.</summary>
    /// <exception cref="StartupException">The environment asks for what it has no place for; one clear sentence.</exception>
    public ProxyPlan Place(ProxyPlan compiled) => overrides.Apply(compiled);

    /// <summary>Makes a policy: reads the CAs and the secrets, and checks that this build can run all of the plan.</summary>
    /// <exception cref="StartupException">It cannot be made; one clear sentence.</exception>
    /// <exception cref="PlanException">The plan does not fit together.</exception>
    public async Task<ActivePolicy> CreateAsync(ProxyPlan compiled, CancellationToken cancellation)
    {
        RequireAllParts(compiled);
        var plan = Place(compiled);
        var resolver = new UpstreamResolver(plan.Dns, names, lookups, time);
        var denied = new DeniedNetworks(plan.Upstream.DenyCidrs);
        var dialer = new UpstreamDialer(resolver, denied, own, time);
        var trust = parts.Trust.With(UpstreamCaFiles.Load(plan.Upstream, host));
        var http = new HttpMessageInvoker(ConfiguredHttp.Create(dialer, trust));
        try
        {
            return await ComposeAsync(compiled, plan, dialer, denied, trust, http, cancellation).ConfigureAwait(false);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    private async Task<ActivePolicy> ComposeAsync(
        ProxyPlan compiled, ProxyPlan plan, UpstreamDialer dialer, DeniedNetworks denied, UpstreamTrust trust, HttpMessageInvoker http, CancellationToken cancellation)
    {
        var policy = new PlanPolicy(plan);
        var store = new SecretStore(new SecretReader(host, http, roots => new(ConfiguredHttp.Create(dialer, UpstreamTrust.Only(roots)))), http, metrics, secretLog, time);
        var servers = new TransformServerFactory(dialer, trust, plan.BodyLimits, host, time);
        var steps = new StepPipeline(policy, parts.CreateSteps(plan, new StepServices(store, _rotated, servers.Create, (provider, key) => new LanguageModel(provider, key, http, metrics), time)), time);
        var proxies = plan.Upstream.Proxy switch
        {
            null => null,
            { FromEnvironment: true } => EnvironmentProxies,
            var proxy => UpstreamProxies.Of(proxy, policy.Matcher, (password, findProblem) => store.Add(password, "proxy.upstream_proxy", findProblem)),
        };
        var clients = policy.Clients is { } asked ? new ClientDirectory(asked, plan, store, _wrongPasswords) : null;
        await store.ReadAllAsync(cancellation).ConfigureAwait(false);
        var answers = plan.Dns is { Listen: not null } dns ? new DnsAnswers(dns, policy.Names!) : null; // It has them with the section.
        var ca = plan.Tls.Mode == TlsMode.SniOnly ? null : CertificateAuthorityFile.Load(plan.Tls, host, time); // What is passed through needs no certificate.
        var tunnelCertificate = plan.TunnelTls is { } tunnelTls ? TunnelCertificate.Load(tunnelTls, host) : null;
        var leaves = ca is null ? null
            : new LeafCertificateCache(ca, plan.Tls.CertCacheSize, TimeSpan.FromHours(plan.Tls.LeafCertExpiryHours), limits.NewCertificatesPerMinute, time);
        var handshake = new TlsHandshake(trust);
        var tunnels = proxies is null ? null : new UpstreamTunnels(dialer, proxies, handshake, time);
        var client = new UpstreamClient(new UpstreamConnector(dialer, tunnels, handshake, time), _permits, metrics, time);
        var forwarder = new Forwarder(client, TimeSpan.FromMilliseconds(plan.Upstream.ResponseHeaderTimeoutMs));
        return new ActivePolicy(compiled, steps, answers, ca, leaves, denied, client, forwarder, http, store, clients, tunnelCertificate, time.GetUtcNow());
    }

    /// <summary>A policy that is run in part is not the policy.</summary>
    /// <exception cref="StartupException">This build does not have all that the plan asks for.</exception>
    public static void RequireAllParts(ProxyPlan plan)
    {
        var missing = string.Join(", ", MissingPart.Of(plan).Select(p => p.Name).Distinct());
        if (missing.Length > 0)
        {
            throw new StartupException($"The plan asks for {missing}, which this build does not have, so it cannot run.");
        }
    }
}
