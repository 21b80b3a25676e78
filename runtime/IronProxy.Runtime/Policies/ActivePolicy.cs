using System.Net;
using IronProxy.Certificates;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Clients;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Policies;

/// <summary>
/// A policy that runs: all that one plan makes, and nothing that outlives it. It never changes. Whoever works with it has a lease
/// (<see cref="CurrentPolicy.Lease"/>), and with the last one it ends: connections to upstreams do not outlive the denied networks that they were
/// checked against, nor secrets the policy that names them. TLS that is passed through and WebSockets go on, and are judged again.
/// </summary>
internal sealed class ActivePolicy(
    ProxyPlan compiled, StepPipeline steps, DnsAnswers? answers, CertificateAuthority? ca, LeafCertificateCache? leaves, DeniedNetworks denied, UpstreamClient client, Forwarder forwarder,
    HttpMessageInvoker http, SecretStore secrets, ClientDirectory? clients, TunnelCertificate? tunnelCertificate, DateTimeOffset madeAt)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One of them is the place of the current policy.</summary>
    private int _leases = 1;

    /// <summary>The plan as it was compiled. That of <see cref="Policy"/> differs from it in what the environment changes of where the proxy stands.</summary>
    public ProxyPlan Compiled { get; } = compiled;

    /// <summary>What is decided.</summary>
    public PlanPolicy Policy { get; } = steps.Policy;

    /// <summary>The steps of requests and responses.</summary>
    public StepPipeline Steps { get; } = steps;

    /// <summary>What is answered to queries for names; null without a DNS server.</summary>
    public DnsAnswers? Answers { get; } = answers;

    /// <summary>The CA that signs leaf certificates; null when TLS is not opened.</summary>
    public CertificateAuthority? Ca { get; } = ca;

    /// <summary>Leaf certificates; null when TLS is not opened. They and their CA are not disposed: handshakes may still use them, and the finalizer knows when none does.</summary>
    public LeafCertificateCache? Leaves { get; } = leaves;

    /// <summary>Connections to upstreams.</summary>
    public UpstreamClient Client { get; } = client;

    /// <summary>The way upstream.</summary>
    public Forwarder Forwarder { get; } = forwarder;

    /// <summary>Tells clients by what they show; null when nobody is asked who they are.</summary>
    public ClientDirectory? Clients { get; } = clients;

    /// <summary>What the tunnel listener shows in TLS of its own; null when it speaks none.</summary>
    public TunnelCertificate? TunnelCertificate { get; } = tunnelCertificate;

    /// <summary>Its secrets.</summary>
    public SecretStore Secrets { get; } = secrets;

    /// <summary>When it was made.</summary>
    public DateTimeOffset MadeAt { get; } = madeAt;

    /// <summary>How many are at work with it; one of them is its place while it is the current one.</summary>
    public int Leases => Volatile.Read(ref _leases);

    /// <summary>What audit records say of it.</summary>
    public string Hash => Policy.Plan.PolicyHash;

    /// <summary>Ends when it has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Decides about what is open already and leads to a host and port.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">Who opened it; null when that is not known.</param>
    /// <param name="passed">TLS that is passed through there; null when it is opened here, or nothing is connected yet.</param>
    /// <returns>Null, or why it may not go on.</returns>
    public Reason? Judge(CanonicalHost host, int port, string? client, PassedTls? passed) =>
        passed is not null && !Policy.PassesThrough(host, port, client) ? Reason.NotPassedThrough : Judge(CanonicalRequest.Destination(host, port, client), passed?.Upstream);

    /// <summary>Decides about what a request has opened.</summary>
    /// <param name="request">The request.</param>
    /// <param name="upstream">The address that it was connected to; null when that is not known here.</param>
    /// <returns>Null, or why it may not go on.</returns>
    public Reason? Judge(CanonicalRequest request, IPAddress? upstream) =>
        Policy.DecideAllowlists(Policy.Matcher.FindHost(request.Host), request, out _).Denial
        ?? (upstream is not null && denied.Contains(upstream) ? Reason.UpstreamDenied : null);

    /// <summary>Takes a lease.</summary>
    /// <returns>False when it has ended already.</returns>
    internal bool TryEnter()
    {
        for (var leases = Volatile.Read(ref _leases); leases > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (seen == leases)
            {
                return true;
            }

            leases = seen;
        }

        return false;
    }

    /// <summary>Gives a lease back.</summary>
    internal void Leave()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            Steps.Dispose();
            Client.Dispose();
            http.Dispose();
            _ended.SetResult();
        }
    }
}
