using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Tests.Doctor;

public class ProcessRightsTests
{
    [Fact]
    public void A_plain_user_of_a_host_could_gain_through_setuid_programs()
    {
        var rights = ProcessRights.Parse(Status("1000\t1000", "0", "000001ffffffffff", "0"));

        Assert.False(rights.IsRoot);
        Assert.Empty(rights.Held);
        Assert.Contains("CAP_NET_ADMIN", rights.CouldGain);
    }

    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("000001ffffffffff", "1")]
    public void Without_the_bounding_set_or_with_no_new_privs_there_is_no_way(string bounding, string noNewPrivileges) =>
        Assert.Empty(ProcessRights.Parse(Status("1000\t1000", "0", bounding, noNewPrivileges)).CouldGain);

    [Fact]
    public void Capabilities_are_named()
    {
        var rights = ProcessRights.Parse(Status("1000\t0", "0000000000003000", "0", "1"));

        Assert.True(rights.IsRoot);
        Assert.Equal(["CAP_NET_ADMIN", "CAP_NET_RAW"], rights.Held);
    }

    private static string Status(string uids, string permitted, string bounding, string noNewPrivileges) =>
        $"Name:\tironc\nUid:\t{uids}\t1000\t1000\nCapInh:\t0\nCapPrm:\t{permitted}\nCapEff:\t0\nCapBnd:\t{bounding}\nCapAmb:\t0\nNoNewPrivs:\t{noNewPrivileges}\n";
}
