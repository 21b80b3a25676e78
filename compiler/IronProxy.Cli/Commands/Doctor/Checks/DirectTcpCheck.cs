using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>HTTP and HTTPS straight to IPv4 addresses outside.</summary>
internal sealed class DirectTcpCheck : IDoctorCheck
{
    private const string Remedy =
        "drop or redirect what the workload sends to ports 80 and 443, except to the proxy; in nftables a hook output (or forward) chain with policy drop";

    public string Id => "tcp";

    public IEnumerable<Attempt> Attempts(Workload workload) => workload.Settings.Probes
        .Where(p => p.AddressFamily == AddressFamily.InterNetwork && p.Port is 80 or 443)
        .Select(p => new Attempt($"{p}", cancellation => workload.Connections.JudgeAsync(p, Remedy, cancellation)));
}
