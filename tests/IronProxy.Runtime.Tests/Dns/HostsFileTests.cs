using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class HostsFileTests
{
    private static readonly HostsFile Hosts = HostsFile.Parse(
        "# a comment\n127.0.0.1   localhost\n10.0.0.5\tDB.Example db   # the database\n10.0.0.5 db.example\n2001:db8::5 db.example.\n"
        + "::ffff:10.0.0.6 mapped.example\nnonsense here.example\n10.0.0.7\n");

    [Theory]
    [InlineData("db.example", "10.0.0.5 2001:db8::5")]
    [InlineData("db", "10.0.0.5")]
    [InlineData("mapped.example", "10.0.0.6")]
    [InlineData("here.example", null)]
    [InlineData("sub.db.example", null)]
    public void All_addresses_of_a_name_are_found(string name, string? expected) =>
        Assert.Equal(expected, Hosts.Find(name) is { } found ? string.Join(' ', found.AsEnumerable()) : null);

    [Fact]
    public void A_caller_cannot_change_the_file()
    {
        Hosts.Find("localhost")![0] = System.Net.IPAddress.Any;
        Assert.Equal("127.0.0.1", Hosts.Find("localhost")![0].ToString());
    }
}
