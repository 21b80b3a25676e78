using System.Net;
using System.Net.Sockets;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>Everything that the checks of IPv4 try, over IPv6: rules of iptables alone leave it open.</summary>
internal sealed class IPv6Check : IDoctorCheck
{
    private const string Remedy =
        "write the rules for IPv6 as well: a table of family inet in nftables, or the same rules with ip6tables; or switch IPv6 off in the workload";

    public string Id => "ipv6";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        yield return Attempt.Of("addresses", LookForAddresses);
        foreach (var probe in workload.Settings.Probes.Where(p => p.AddressFamily == AddressFamily.InterNetworkV6))
        {
            yield return new Attempt($"{probe}", cancellation => workload.Connections.JudgeAsync(probe, Remedy, cancellation));
        }

        foreach (var address in Outside.Addresses(workload, AddressFamily.InterNetworkV6))
        {
            var quic = new IPEndPoint(address, 443);
            yield return new Attempt($"udp {quic}", cancellation => QuicPing.JudgeAsync(quic, workload.Settings.Timeout, Remedy, cancellation));
            foreach (var attempt in Outside.Udp(workload, address, Remedy))
            {
                yield return attempt;
            }

            foreach (var attempt in Outside.Dns(workload, address, Remedy))
            {
                yield return attempt;
            }

            yield return new Attempt($"icmp {address}", cancellation => EchoRequest.JudgeAsync(address, workload.Settings.Timeout, Remedy, cancellation));
        }
    }

    /// <summary>An address is no hole, but without one there can be none, and neighbours may hear from link-local ones.</summary>
    private static Outcome LookForAddresses()
    {
        try
        {
            // The last column is the interface (proc(5), /proc/net/if_inet6).
            var interfaces = File.ReadAllLines("/proc/net/if_inet6").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]).Where(i => i != "lo").Distinct().ToArray();
            return interfaces.Length == 0
                ? Outcome.Closed("none but loopback's")
                : Outcome.Note($"{string.Join(", ", interfaces)} {(interfaces.Length == 1 ? "has" : "have")} one: the rules must hold IPv6, and neighbours on the same network, too");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Outcome.Closed("this kernel has no IPv6");
        }
    }
}
