using IronProxy.Cli.Commands.Doctor.Checks;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>The battery. The order is that of the table: the ways out first, then what is within reach, then what must work.</summary>
internal static class DoctorChecks
{
    public static readonly IDoctorCheck[] All =
    [
        // Past the proxy, by the network. IPv6 is a check of its own for every protocol: it is forgotten as a whole.
        new DirectTcpCheck(),
        new OddPortsCheck(),
        new QuicCheck(),
        new UdpCheck(),
        new OtherResolversCheck(),
        new IPv6Check(),
        new IcmpCheck(),
        new MetadataCheck(),
        new HostCheck(),

        // Out through what is meant to be there: the resolver, the proxy, the settings of clients.
        new NamesCheck(),
        new ProxyTricksCheck(),
        new ProxyVariablesCheck(),

        // What the workload must not reach on the way: with these it could change the rules or needs no proxy.
        new AdminPortsCheck(),
        new FilesCheck(),
        new EnvironmentCheck(),
        new ProcessesCheck(),
        new PrivilegesCheck(),

        // A deployment that lets nothing through is closed, and useless.
        new DeniedRequestsCheck(),
        new AllowedRequestsCheck(),
    ];
}
