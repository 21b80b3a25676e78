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
        foreach (var port in new[] { 80, 443 })
        {
            yield return new Attempt($"led to the proxy, tcp {port}", cancellation => CompareAsync(family => workload.Connections.LeadsToProxyAsync(family, port, cancellation)));
        }

        yield return new Attempt("led to the proxy, dns udp", cancellation => CompareAsync(async family => IsAnswered(await workload.Dns.AskUdpAsync(NobodysAddress.Of(family, 53), Workload.RandomName("invalid"), DnsMessage.A, cancellation), workload)));
        yield return new Attempt("led to the proxy, dns tcp", cancellation => CompareAsync(async family => IsAnswered(await workload.Dns.AskTcpAsync(NobodysAddress.Of(family, 53), Workload.RandomName("invalid"), DnsMessage.A, cancellation), workload)));
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

    /// <summary>
    /// Where rules lead IPv4 to the proxy whatever the address is, programs that know an IPv6 address must get there, too: else they
    /// fail, and somebody opens IPv6 for them.
    /// </summary>
    private static async Task<Outcome> CompareAsync(Func<AddressFamily, Task<bool>> leadsThere)
    {
        if (!await leadsThere(AddressFamily.InterNetwork))
        {
            return Outcome.Skipped("rules do not lead IPv4 there, either");
        }

        return !HasRoutableAddress() ? Outcome.Closed("no interface has an IPv6 address that leads anywhere")
            : await leadsThere(AddressFamily.InterNetworkV6) ? Outcome.Closed("IPv6 is led there as IPv4 is")
            : Outcome.Broken("IPv4 is led there, and IPv6 is not", "write the rules that redirect for IPv6 as well, and let the proxy listen on it (\":443\" rather than an IPv4 address)");
    }

    private static bool IsAnswered(DnsReply? reply, Workload workload) => reply is not null && (workload.NamesAreDenied ? reply.IsDenied : reply.IsInvented(workload.Invented));

    private static bool HasRoutableAddress() => Addresses()?.Any(a => a.Scope == "00") == true;

    /// <summary>Interfaces with an IPv6 address. Null when the kernel has no IPv6.</summary>
    private static string[]? Interfaces() => Addresses()?.Select(a => a.Interface).Distinct().ToArray();

    /// <summary>Addresses, loopback apart. The fourth column is the scope, 00 for global ones, and the last the interface (proc(5)).</summary>
    private static IReadOnlyList<(string Scope, string Interface)>? Addresses()
    {
        try
        {
            return [.. File.ReadAllLines("/proc/net/if_inet6").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(c => c.Length == 6 && c[5] != "lo").Select(c => (c[3], c[5]))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>An address is no hole, but without one there can be none, and neighbours may hear from link-local ones.</summary>
    private static Outcome LookForAddresses() => Interfaces() switch
    {
        null => Outcome.Closed("this kernel has no IPv6"),
        [] => Outcome.Closed("none but loopback's"),
        [var one] => Outcome.Note($"{one} has one: the rules must hold IPv6, and neighbours on the same network, too"),
        var several => Outcome.Note($"{string.Join(", ", several)} have one: the rules must hold IPv6, and neighbours on the same network, too"),
    };
}
