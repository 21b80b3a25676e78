using System.Net;
using System.Net.Sockets;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>HTTP/3: UDP 443 to IPv4 addresses outside, which rules for TCP do not see.</summary>
internal sealed class QuicCheck : IDoctorCheck
{
    private const string Remedy = "drop UDP to port 443, and better all UDP but DNS to the proxy";

    public string Id => "quic";

    public IEnumerable<Attempt> Attempts(Workload workload) => Outside.Addresses(workload, AddressFamily.InterNetwork)
        .Select(address => new IPEndPoint(address, 443))
        .Select(e => new Attempt($"udp {e}", cancellation => QuicPing.JudgeAsync(e, workload.Settings.Timeout, Remedy, cancellation)));
}
