using System.Buffers.Binary;
using System.Net;
using IronProxy.Plan;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Compose;

/// <summary>Addresses, names and paths of one Compose deployment, decided once.</summary>
internal sealed record ComposeLayout
{
    public required string Image { get; init; }

    public required string WorkloadImage { get; init; }

    public required string Subnet { get; init; }

    /// <summary>Fixed as well: Docker would choose one that may lie over the other.</summary>
    public required string EgressSubnet { get; init; }

    /// <summary>The first address of the subnet, which Docker gives to the host where it gives it one.</summary>
    public required string Gateway { get; init; }

    public required string ProxyIp { get; init; }

    /// <summary>The half of the subnet without the proxy: containers without a fixed address get theirs from it, so none can take the proxy's.</summary>
    public required string DynamicRange { get; init; }

    public required string Bridge { get; init; }

    /// <summary>Whether the host's nftables keep the workload in, rather than an internal network.</summary>
    public required bool IsFiltered { get; init; }

    public required string User { get; init; }

    public required string WorkloadUser { get; init; }

    public required int CaDays { get; init; }

    public required int HealthPort { get; init; }

    /// <summary>The layout of a request that passed preflight.</summary>
    public static ComposeLayout Of(DeploymentRequest request)
    {
        var options = request.Options;
        return new ComposeLayout
        {
            Image = options["image"],
            WorkloadImage = options["workload_image"],
            Subnet = options["subnet"],
            EgressSubnet = options["egress_subnet"],
            Gateway = GatewayOf(IPNetwork.Parse(options["subnet"])).ToString(),
            ProxyIp = request.Model.ProxyIp!, // Preflight asks for it.
            DynamicRange = HalfWithout(IPNetwork.Parse(options["subnet"]), IPAddress.Parse(request.Model.ProxyIp!)).ToString(),
            Bridge = options["bridge"],
            IsFiltered = options["enforcement"] == "nftables",
            User = options["user"],
            WorkloadUser = options["workload_user"],
            CaDays = options.Number("ca_days"),
            HealthPort = request.Model.Listener(ListenerRole.Metrics)!.Port, // Preflight asks for it.
        };
    }

    /// <summary>The first address of a network.</summary>
    public static IPAddress GatewayOf(IPNetwork network) => FromNumber(ToNumber(network.BaseAddress) + 1);

    /// <summary>An address of the other network, which neither the host nor the proxy has.</summary>
    public string Elsewhere => FromNumber(ToNumber(BroadcastOf(IPNetwork.Parse(EgressSubnet))) - 1).ToString();

    /// <summary>The last address of a network, which reaches all of it.</summary>
    public static IPAddress BroadcastOf(IPNetwork network) => FromNumber(ToNumber(network.BaseAddress) | (uint)((1UL << (32 - network.PrefixLength)) - 1));

    /// <summary>Where a user puts a file that the plan reads.</summary>
    public static string LocalFile(string path) => "secrets/" + ContainerPaths.Absolute(path).TrimStart('/');

    private static IPNetwork HalfWithout(IPNetwork network, IPAddress address)
    {
        var prefix = network.PrefixLength + 1;
        var upper = new IPNetwork(FromNumber(ToNumber(network.BaseAddress) + (1U << (32 - prefix))), prefix);
        return upper.Contains(address) ? new IPNetwork(network.BaseAddress, prefix) : upper;
    }

    private static uint ToNumber(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress FromNumber(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
