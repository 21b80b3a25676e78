using System.Net.Sockets;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>Echo requests, whose payload carries data as well as any other. Needs a right that most users lack.</summary>
internal sealed class IcmpCheck : IDoctorCheck
{
    private const string Remedy = "drop ICMP from the workload, and take CAP_NET_RAW away";

    public string Id => "icmp";

    public IEnumerable<Attempt> Attempts(Workload workload) => Outside.Addresses(workload, AddressFamily.InterNetwork)
        .Select(a => new Attempt($"{a}", cancellation => EchoRequest.JudgeAsync(a, workload.Settings.Timeout, Remedy, cancellation)));
}
