using System.Net;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>The proxy's own listeners for operators, which a workload has no business with.</summary>
internal sealed class AdminPortsCheck : IDoctorCheck
{
    /// <summary>Where metrics listen unless proxy.yaml says otherwise.</summary>
    private const int DefaultMetricsPort = 9090;

    private const string Remedy =
        "let metrics.listen and management.listen name an address that the workload cannot reach, or drop these ports for it";

    public string Id => "admin";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        var ports = workload.Policy?.AdminPorts ?? [("metrics", DefaultMetricsPort)];
        var hosts = new List<string>();
        hosts.AddRange(workload.Proxy is { } proxy ? [proxy.Host] : []);
        hosts.AddRange(workload.Invented.Select(a => a.ToString()));
        hosts.AddRange(workload.Policy?.ProxyAddresses.Select(a => a.ToString()) ?? []);
        hosts.AddRange(["127.0.0.1", "::1"]);
        return ports.SelectMany(
            _ => hosts.Distinct(StringComparer.OrdinalIgnoreCase),
            (port, host) => new Attempt($"{port.Name} {new ProxyAddress(host, port.Port)}", cancellation => JudgeAsync(workload, host, port.Port, cancellation)));
    }

    private static async Task<Outcome> JudgeAsync(Workload workload, string host, int port, CancellationToken cancellation)
    {
        var exchange = await workload.Requests.ConnectedAsync(
            limit => workload.Requests.ResolveAsync(host, limit),
            port,
            async (stream, limit) =>
            {
                var request = $"GET /healthz HTTP/1.1\r\nHost: {new ProxyAddress(host, port)}\r\nConnection: close\r\n\r\n";
                var reply = await HttpReply.AskAsync(stream, request, expectBody: true, limit);
                return new Exchange(reply is null ? ExchangeStage.Closed : ExchangeStage.Answered, reply, "closed without an answer");
            },
            cancellation);

        // Something else may listen on this machine, where the port alone tells nothing.
        var isLoopback = IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);
        return exchange switch
        {
            { Stage: ExchangeStage.NotConnected } => Outcome.Closed(exchange.Detail),
            { Reply.IsDenial: true } => Outcome.Closed($"intercepted: {exchange.Summary}"),
            { Reply: { Status: 200, Body: "ok\n" } } => Outcome.Hole("iron-proxy's health endpoint answers", Remedy),
            _ when isLoopback && workload.Policy is null => Outcome.Note($"something listens there, which may or may not be the proxy: {exchange.Summary}"),
            _ => Outcome.Hole($"the port is open: {exchange.Summary}", Remedy),
        };
    }
}
