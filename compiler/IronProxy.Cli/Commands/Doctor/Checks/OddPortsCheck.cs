using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>TCP to other ports of IPv4 addresses outside: rules that name 80 and 443 leave 65,533 others.</summary>
internal sealed class OddPortsCheck : IDoctorCheck
{
    private const string Remedy = "drop every port, not just 80 and 443: deny by default, and let through the proxy's ports alone";

    public string Id => "ports";

    public IEnumerable<Attempt> Attempts(Workload workload) => workload.Settings.Probes
        .Where(p => p.AddressFamily == AddressFamily.InterNetwork && p.Port is not (80 or 443))
        .Select(p => new Attempt($"{p}", cancellation => workload.Connections.JudgeAsync(p, Remedy, cancellation)));
}
