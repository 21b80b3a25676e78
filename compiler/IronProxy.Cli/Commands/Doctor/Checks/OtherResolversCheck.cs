using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>DNS to other resolvers than the workload's own, over UDP, TCP and TLS: each of them carries data in names.</summary>
internal sealed class OtherResolversCheck : IDoctorCheck
{
    private const string Remedy = "drop or redirect UDP and TCP 53, and TCP 853, to every address but the proxy's";

    public string Id => "dns";

    public IEnumerable<Attempt> Attempts(Workload workload) => Outside.Addresses(workload, AddressFamily.InterNetwork)
        .SelectMany(address => Outside.Dns(workload, address, Remedy));
}
