using System.Net;
using System.Text;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>Requests through the proxy that name something allowed in one place and something denied in another, or an address.</summary>
internal sealed class ProxyTricksCheck : IDoctorCheck
{
    private const string Metadata = "169.254.169.254";

    private const string Remedy =
        "the policy or the proxy lets it through: ask 'ironc explain' about the request, and look for warn: true, \"*\" and an empty upstream_deny_cidrs";

    private const string UnknownProxy = "make sure that the proxy listens there, and that what the workload is pointed at is iron-proxy";

    public string Id => "proxy";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        var any = false;
        if (workload.Proxy is { } proxy)
        {
            any = true;
            foreach (var attempt in ThroughTunnel(workload, proxy))
            {
                yield return attempt;
            }
        }

        if (workload.Invented is [var address, ..])
        {
            any = true;
            foreach (var attempt in Transparently(workload, address))
            {
                yield return attempt;
            }
        }

        if (!any)
        {
            yield return Attempt.Of("no proxy", () => Outcome.Skipped("no proxy is known: none in --proxy or HTTPS_PROXY, and names lead to none"));
        }
    }

    private static IEnumerable<Attempt> ThroughTunnel(Workload workload, ProxyAddress proxy)
    {
        var denied = workload.DeniedName;
        yield return Send("CONNECT to a denied name", Https(denied));
        yield return Send("CONNECT to an address", Https(workload.Settings.Probes[0].Address.ToString()));
        yield return Send("CONNECT to the metadata service", Https(Metadata) with { Port = 80 });
        yield return Send("GET of a denied URL", new CraftedRequest { Host = denied, Port = 80, Tls = false });
        yield return Send("GET of the metadata service", new CraftedRequest { Host = Metadata, Port = 80, Tls = false });
        yield return new Attempt("SOCKS5 to a denied name", cancellation => Socks5Async(workload, proxy, cancellation));
        if (workload.AllowedHost is { } allowed)
        {
            yield return Send("CONNECT allowed, SNI denied", Https(allowed) with { ServerName = denied });
            yield return Send("CONNECT and SNI allowed, Host denied", Https(allowed) with { HostHeader = denied });
        }

        Attempt Send(string target, CraftedRequest request) => new($"tunnel: {target}", async cancellation =>
            Judge(await workload.Requests.ThroughTunnelAsync(proxy, request, cancellation), mustConnect: true));
    }

    private static IEnumerable<Attempt> Transparently(Workload workload, IPAddress address)
    {
        var denied = workload.DeniedName;
        yield return Send("Host denied", Http(denied));
        yield return Send("Host is an address", Http(workload.Settings.Probes[0].Address.ToString()));
        yield return Send("Host is the metadata service", Http(Metadata));
        yield return Send("SNI denied", Https(denied));
        if (workload.AllowedHost is { } allowed)
        {
            yield return Send("SNI allowed, Host denied", Https(allowed) with { HostHeader = denied });
            yield return Send("SNI denied, Host allowed", Https(denied) with { HostHeader = allowed });
        }

        Attempt Send(string target, CraftedRequest request) => new($"by name: {target}", async cancellation =>
            Judge(await workload.Requests.DirectlyAsync(request with { ConnectTo = address }, cancellation), mustConnect: false));

        static CraftedRequest Http(string host) => new() { Host = host, Port = 80, Tls = false };
    }

    private static CraftedRequest Https(string host) => new() { Host = host, Port = 443, Tls = true };

    private static Outcome Judge(Exchange exchange, bool mustConnect) => exchange switch
    {
        { Stage: ExchangeStage.NotConnected } when mustConnect => Outcome.Broken($"the proxy cannot be reached: {exchange.Detail}", UnknownProxy),
        { Stage: ExchangeStage.NotConnected } => Outcome.Closed($"nothing listens there: {exchange.Detail}"),
        { Reply.IsDenial: true } => Outcome.Closed(exchange.Summary),
        { Stage: ExchangeStage.TunnelRefused } => Outcome.Broken($"something that is not iron-proxy answers {exchange.Summary}", UnknownProxy),
        { Stage: ExchangeStage.Closed } => Outcome.Closed(exchange.Detail),
        { Stage: ExchangeStage.Silent } => Outcome.Hole($"it is not refused: {exchange.Detail}", Remedy),
        _ => Outcome.Hole($"it is not refused: {exchange.Summary}", Remedy),
    };

    /// <summary>RFC 1928: no authentication, then CONNECT by name. Any reply but 0 is a refusal.</summary>
    private static async Task<Outcome> Socks5Async(Workload workload, ProxyAddress proxy, CancellationToken cancellation)
    {
        var opened = false;
        var exchange = await workload.Requests.ConnectedAsync(
            limit => workload.Requests.ResolveAsync(proxy.Host, limit),
            proxy.Port,
            async (stream, limit) =>
            {
                var name = Encoding.ASCII.GetBytes(workload.DeniedName);
                var answer = new byte[2];
                await stream.WriteAsync((byte[])[5, 1, 0], limit);
                await stream.ReadExactlyAsync(answer, limit);
                if (answer is not [5, 0])
                {
                    return new Exchange(ExchangeStage.Closed, null, "SOCKS5 is not served");
                }

                await stream.WriteAsync((byte[])[5, 1, 0, 3, (byte)name.Length, .. name, 443 >> 8, 443 & 0xFF], limit);
                await stream.ReadExactlyAsync(answer, limit);
                opened = answer[1] == 0;
                return new Exchange(ExchangeStage.Closed, null, $"reply {answer[1]:D2}");
            },
            cancellation);
        return opened ? Outcome.Hole("the tunnel is opened", Remedy) : Judge(exchange, mustConnect: true);
    }
}
