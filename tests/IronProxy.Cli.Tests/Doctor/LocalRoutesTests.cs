using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Tests.Doctor;

public class LocalRoutesTests
{
    [Fact]
    public void A_gateway_and_the_first_address_of_a_network_are_the_hosts() => Assert.Equal(
        ["192.0.2.1", "192.0.2.1", "10.89.0.1"],
        LocalRoutes.ParseV4(
        [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
            "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "eth1\t0000590A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
            "lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0",
            "eth2\t05003DC0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
        ]).Select(a => a.ToString()));

    [Fact]
    public void Routes_of_IPv6_name_them_too() => Assert.Equal(
        ["fd00::1", "2001:db8::1"],
        LocalRoutes.ParseV6(
        [
            "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0",
            "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0",
            "00000000000000000000000000000000 00 00000000000000000000000000000000 00 20010db8000000000000000000000001 00000400 00000003 00000000 00000003     eth0",
            "fd000000000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001     eth0",
            "ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000004 00000000 00000001     eth0",
            "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo",
        ]).Select(a => a.ToString()));

    [Fact]
    public void Mounts_of_the_kernels_own_are_left_out() => Assert.Equal(
        ["/data volume", "/etc/hosts"],
        Mounts.Parse(
        [
            "536 527 0:44 / / rw,relatime - overlay overlay rw",
            "537 536 0:47 / /proc rw,nosuid - proc proc rw",
            "540 536 254:1 /var/lib/x /data\\040volume rw,relatime shared:1 - ext4 /dev/vda1 rw",
            "541 536 254:1 /hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw",
            "not a line of it",
        ]));
}
