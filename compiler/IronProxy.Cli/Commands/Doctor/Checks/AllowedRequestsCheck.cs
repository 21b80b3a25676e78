using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>
/// What must work: the requests of --expect-allowed, which are really sent, and for some hosts of the policy a tunnel or a
/// connection with TLS, which the proxy opens without dialling anybody.
/// </summary>
internal sealed class AllowedRequestsCheck : IDoctorCheck
{
    public string Id => "allowed";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        foreach (var request in workload.Settings.Allowed)
        {
            yield return new Attempt($"{request}", cancellation =>
            {
                var sent = CraftedRequest.Of(request) with { Headers = workload.Settings.Headers };
                return TryAsync(sent, () => workload.Requests.SendAsync(sent, cancellation));
            });
        }

        if (workload.Policy is not { } policy || (workload.Proxy is null && workload.Invented.Count == 0))
        {
            yield break;
        }

        // Where TLS is passed through, the handshake is the upstream's: that would be a request that nobody asked for.
        var hosts = policy.AllowedHosts.Where(policy.OpensTls).ToArray();
        foreach (var host in hosts)
        {
            var handshake = new CraftedRequest { Host = host, Port = 443, Tls = true, HandshakeOnly = true };
            yield return new Attempt($"TLS to {host}", cancellation => TryAsync(handshake, () => workload.Requests.SendAsync(handshake, cancellation)));
        }

        // Where names lead to the proxy, its tunnel listener serves programs that are told to use one.
        if (workload.Proxy is null && workload.Invented is [var address, ..] && policy.TunnelPort is { } port && hosts is [var first, ..])
        {
            var tunnel = new ProxyAddress(address.ToString(), port);
            var handshake = new CraftedRequest { Host = first, Port = 443, Tls = true, HandshakeOnly = true };
            yield return new Attempt($"TLS to {first} through {tunnel}", cancellation => TryAsync(handshake, () => workload.Requests.ThroughTunnelAsync(tunnel, handshake, cancellation)));
        }
    }

    /// <summary>What must work and finds nobody is tried once more, if it can do no harm.</summary>
    private static async Task<Outcome> TryAsync(CraftedRequest request, Func<Task<Exchange>> send)
    {
        var exchange = await send();
        return exchange.Stage == ExchangeStage.NotConnected && request.Method is ("GET" or "HEAD") ? Judge(await send()) : Judge(exchange);
    }

    private static Outcome Judge(Exchange exchange) => exchange switch
    {
        { Trusted: false } => Outcome.Broken(
            $"the certificate is not trusted here (signed by {exchange.Issuer})",
            "install the proxy's ca.crt where this workload's programs look for it (update-ca-certificates, SSL_CERT_FILE), or name it with --ca"),
        { Reply.IsProxy: true, Reply.IsDenial: false } => Outcome.Broken($"the proxy lets it through and cannot reach the upstream: {exchange.Summary}", "let the proxy itself out, and look into its log"),
        { Reply.IsProxy: true } => Outcome.Broken($"the proxy denies it: {exchange.Summary}", "ask 'ironc explain' why"),
        { Stage: ExchangeStage.TunnelRefused } => Outcome.Broken($"the tunnel is not opened: {exchange.Summary}", "make sure that --proxy or HTTPS_PROXY names the tunnel listener"),
        { Stage: ExchangeStage.Opened } => Outcome.Works(exchange.Detail),
        { Stage: ExchangeStage.Answered, Reply: not null } => Outcome.Works(exchange.Summary),
        _ => Outcome.Broken(exchange.Detail, "make sure that the proxy runs, that the rules let the workload reach it, and that its names lead there (DNS, HTTPS_PROXY)"),
    };
}
