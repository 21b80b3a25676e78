using System.Net;
using System.Net.Sockets;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>What the checks of IPv4 and of IPv6 have in common.</summary>
internal static class Outside
{
    /// <summary>The addresses that are probed, each once.</summary>
    public static IEnumerable<IPAddress> Addresses(Workload workload, AddressFamily family) =>
        workload.Settings.Probes.Select(p => p.Address).Where(a => a.AddressFamily == family).Distinct();

    /// <summary>DNS to an address, in its three transports.</summary>
    public static IEnumerable<Attempt> Dns(Workload workload, IPAddress address, string remedy)
    {
        var server = new IPEndPoint(address, 53);
        yield return new Attempt($"dns udp {server}", c => JudgeAsync(workload, server, (s, n) => workload.Dns.AskUdpAsync(s, n, DnsMessage.A, c), remedy));
        yield return new Attempt($"dns tcp {server}", c => JudgeAsync(workload, server, (s, n) => workload.Dns.AskTcpAsync(s, n, DnsMessage.A, c), remedy));
        if (!workload.Settings.Probes.Contains(new IPEndPoint(address, 853)))
        {
            var tls = new IPEndPoint(address, 853);
            yield return new Attempt($"dns tls {tls}", c => workload.Connections.JudgeAsync(tls, remedy, c));
        }
    }

    /// <summary>Other UDP to an address: the time, which many rules leave open, and the ports that are probed.</summary>
    public static IEnumerable<Attempt> Udp(Workload workload, IPAddress address, string remedy)
    {
        var time = new IPEndPoint(address, NtpRequest.Port);
        yield return new Attempt($"ntp {time}", c => NtpRequest.JudgeAsync(time, workload.Settings.Timeout, remedy, c));
        foreach (var odd in workload.Settings.Probes.Where(p => p.Address.Equals(address) && p.Port is not (53 or NtpRequest.Port or 443)))
        {
            yield return new Attempt($"udp {odd}", c => QuicPing.JudgeAsync(odd, workload.Settings.Timeout, remedy, c));
        }
    }

    /// <summary>
    /// An answer proves no more than a connection does: the question may have been redirected. A name that cannot exist has an
    /// address only where answers are made up, and that is the proxy when the workload's own resolver makes up the same, or when
    /// an address that nobody has gives it too.
    /// </summary>
    private static async Task<Outcome> JudgeAsync(Workload workload, IPEndPoint server, Func<IPEndPoint, string, Task<DnsReply?>> ask, string remedy)
    {
        if (await ask(server, Workload.RandomName("invalid")) is not { } reply)
        {
            return Outcome.Closed("no answer");
        }

        if (reply.Code == 0 && reply.Addresses.Count > 0)
        {
            if (reply.IsInvented(workload.Invented))
            {
                return Outcome.Closed($"intercepted: leads to {reply.Addresses[0]}, as every name here");
            }

            var nobody = NobodysAddress.Of(server.AddressFamily, server.Port);
            if (await ask(nobody, Workload.RandomName("invalid")) is { } control && control.IsInvented(reply.Addresses))
            {
                return Outcome.Closed($"intercepted: an address that nobody has answers the same, {reply.Addresses[0]}");
            }
        }

        // Where the proxy denies names, its answer has a mark that no other resolver makes.
        if (reply.IsDenied)
        {
            if (workload.NamesAreDenied)
            {
                return Outcome.Closed("intercepted: the name does not exist, as for the workload's own resolver");
            }

            var nobody = NobodysAddress.Of(server.AddressFamily, server.Port);
            if (await ask(nobody, Workload.RandomName("invalid")) is { IsDenied: true })
            {
                return Outcome.Closed("intercepted: to an address that nobody has, the name does not exist either");
            }
        }

        return Outcome.Hole($"a resolver answers {reply.CodeName}", remedy);
    }
}
