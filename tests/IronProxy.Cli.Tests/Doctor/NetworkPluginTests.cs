using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Tests.Doctor;

/// <summary>What pods of each plugin see in /proc/net.</summary>
public class NetworkPluginTests
{
    private const string Head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
    private const string ByNobody = "eth0\t00000000\t0101FEA9\t0003\t0\t0\t0\t00000000\t0\t0\t0";
    private const string Nobody = "eth0\t0101FEA9\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0";
    private const string ByRouter = "eth0\t00000000\t0100F40A\t0003\t0\t0\t0\t00000000\t0\t0\t0";
    private const string Router = "eth0\t0100F40A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0";
    private const string NetworkByRouter = "eth0\t0000F40A\t0100F40A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0";
    private const string Network = "eth0\t0000F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
    private const string Neighbours = "IP address       HW type     Flags       HW address            Mask     Device";

    [Theory]
    [InlineData("Calico", "169.254.1.1      0x1         0x2         ee:ee:ee:ee:ee:ee     *        eth0", ByNobody, Nobody)]
    [InlineData("the VPC CNI of Amazon EKS", "169.254.1.1      0x1         0x6         4a:1f:00:aa:bb:cc     *        eth0", ByNobody, Nobody)]
    [InlineData("Azure CNI", "169.254.1.1      0x1         0x6         12:34:56:78:9a:bc     *        eth0", ByNobody, Nobody)]
    [InlineData("none that is known here", "", ByNobody, Nobody)]
    [InlineData("Cilium", "", ByRouter, Router)]
    [InlineData("a point-to-point plugin (kubenet, GKE)", "", ByRouter, NetworkByRouter, Router)]
    [InlineData("a bridge (flannel and others)", "", ByRouter, Network)]
    [InlineData("none that is known here", "")]
    public void It_is_known_by_the_routes_and_neighbours_that_it_gives_to_pods(string plugin, string neighbour, params string[] routes) =>
        Assert.Equal(plugin, NetworkPlugin.Guess([Head, .. routes], [Neighbours, neighbour]));

    [Fact]
    public void Outside_of_Kubernetes_nothing_is_said() => Assert.Null(NetworkPlugin.Read(_ => null));
}
