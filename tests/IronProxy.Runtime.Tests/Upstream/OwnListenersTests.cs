using System.Net;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Tests.Upstream;

public class OwnListenersTests
{
    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.9.9.9")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    [InlineData("::", "::ffff:127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "0.0.0.0")]
    public void The_way_back_to_a_listener_is_seen(string bound, string target) =>
        Assert.True(Listening(bound).Contains(IPAddress.Parse(target), 8080));

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1", 8081)]
    [InlineData("127.0.0.1", "127.0.0.2", 8080)]
    [InlineData("0.0.0.0", "192.0.2.7", 8080)]
    public void Other_ports_and_other_machines_are_not_listeners(string bound, string target, int port) =>
        Assert.False(Listening(bound).Contains(IPAddress.Parse(target), port));

    private static OwnListeners Listening(string address) => new([new IPEndPoint(IPAddress.Parse(address), 8080)]);
}
