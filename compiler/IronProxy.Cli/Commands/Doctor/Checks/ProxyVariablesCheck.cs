using System.Net;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>The variables by which clients choose a proxy: each must lead to iron-proxy, and NO_PROXY must not lead around it.</summary>
internal sealed class ProxyVariablesCheck : IDoctorCheck
{
    private static readonly string[] ProxyVariables =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    public string Id => "proxy-variables";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        var any = false;
        foreach (var name in ProxyVariables)
        {
            if (workload.Environment(name) is { Length: > 0 } value)
            {
                any = true;
                yield return new Attempt(name, cancellation => JudgeAsync(workload, name, value, cancellation));
            }
        }

        foreach (var name in new[] { "NO_PROXY", "no_proxy" })
        {
            if (workload.Environment(name) is { Length: > 0 } value)
            {
                any = true;
                yield return Attempt.Of(name, () => JudgeExceptions(workload, name, value));
            }
        }

        if (!any)
        {
            yield return Attempt.Of("environment", static () => Outcome.Closed("no proxy variable is set"));
        }
    }

    private static async Task<Outcome> JudgeAsync(Workload workload, string name, string value, CancellationToken cancellation)
    {
        // The value may hold a password, so only what was understood of it is printed.
        if (!ProxyAddress.TryParse(value, out var address))
        {
            return Outcome.Broken("it is not the URL of a proxy", $"set {name} to http://HOST:PORT of the tunnel listener, or remove it");
        }

        var denied = new CraftedRequest { Host = workload.DeniedName, Port = 443, Tls = true, HandshakeOnly = true };
        var exchange = await workload.Requests.ThroughTunnelAsync(address, denied, cancellation);
        return exchange switch
        {
            { Reply.IsDenial: true } => Outcome.Closed($"{address} is iron-proxy: {exchange.Summary}"),
            { Stage: ExchangeStage.NotConnected } => Outcome.Broken($"{address} cannot be reached: {exchange.Detail}", $"point {name} at the tunnel listener, or remove it"),
            _ => Outcome.Hole($"{address} does not refuse a name outside the policy: {exchange.Summary}", $"point {name} at the tunnel listener, and block the way to the other proxy"),
        };
    }

    private static Outcome JudgeExceptions(Workload workload, string name, string value)
    {
        var around = value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(entry => !IsLocal(entry) && !entry.Equals(workload.Proxy?.Host, StringComparison.OrdinalIgnoreCase))
            .ToArray();
        return around.Length == 0
            ? Outcome.Closed("names this machine alone")
            : Outcome.Hole($"clients go around the proxy for {string.Join(", ", around)}", $"take them out of {name}, and block the way there: clients may ignore the variable");
    }

    private static bool IsLocal(string entry)
    {
        var host = entry.TrimStart('.').Trim('[', ']').Split('/')[0];
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
