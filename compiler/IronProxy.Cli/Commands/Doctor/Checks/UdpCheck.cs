using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>UDP that is neither QUIC's port nor DNS: a rule for those two leaves the time and 65,000 ports open.</summary>
internal sealed class UdpCheck : IDoctorCheck
{
    private const string Remedy = "drop all UDP but DNS to the proxy; the machine's clock is none of the workload's business";

    public string Id => "udp";

    public IEnumerable<Attempt> Attempts(Workload workload) => Outside.Addresses(workload, AddressFamily.InterNetwork)
        .SelectMany(address => Outside.Udp(workload, address, Remedy));
}
