using System.Net;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>
/// Services of the machine that a container or a virtual machine runs on. It is the gateway, or has the first address of the
/// network, and rules for what is forwarded do not see packets to it.
/// </summary>
internal sealed class HostCheck : IDoctorCheck
{
    private const string Remedy =
        "drop what the workload sends to the machine it runs on, except to the proxy: an input chain in nftables, INPUT in iptables (DOCKER-USER does not see it); for Compose a network without an address of the host";

    /// <summary>Services that run on hosts: shells, file systems, container engines, clusters, databases, web.</summary>
    private static readonly int[] Ports = [22, 53, 80, 111, 443, 2049, 2375, 2376, 2379, 3306, 5432, 6379, 6443, 8000, 8080, 10250];

    public string Id => "host";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        var addresses = LocalRoutes.Read().Hosts;
        return addresses.Count == 0
            ? [Attempt.Of("gateway", static () => Outcome.Closed("there is no gateway, and no network that would have one"))]
            : from address in addresses
              from port in Ports
              where !IsForWorkloads(workload, address, port)
              select new Attempt($"{new IPEndPoint(address, port)}", cancellation => workload.Connections.JudgeAsync(new IPEndPoint(address, port), Remedy, cancellation));
    }

    /// <summary>Where the proxy has the machine's address, its own listeners may be reached.</summary>
    private static bool IsForWorkloads(Workload workload, IPAddress address, int port)
    {
        if (workload.Resolvers.Any(r => r.Address.Equals(address) && r.Port == port))
        {
            return true;
        }

        if (workload.Proxy is { } proxy && proxy.Port == port && IPAddress.TryParse(proxy.Host, out var host) && host.Equals(address))
        {
            return true;
        }

        return workload.Invented.Contains(address) && workload.Policy is { } policy && policy.WorkloadPorts.Contains(port);
    }
}
