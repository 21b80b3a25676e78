using IronProxy.Plan;
using IronProxy.Runtime.Listeners;

namespace IronProxy.Runtime.Tests.Listeners;

public class ListenerSocketsTests
{
    /// <summary>As two processes do that start in the same moment: neither has got as far as accepting.</summary>
    [Fact]
    public void A_port_that_another_has_bound_is_taken_before_either_accepts()
    {
        using var first = new ListenerSockets();
        first.Bind(Listener(0), transparent: false);
        using var second = new ListenerSockets();
        var port = Assert.Single(first.Endpoints).Value.Port;

        var failure = Assert.Throws<StartupException>(() => second.Bind(Listener(port), transparent: false));
        Assert.Equal($"proxy.http_listen cannot listen on 127.0.0.1:{port}: the port is taken by another process.", failure.Message);
    }

    private static ListenerPlan Listener(int port) => new(ListenerRole.Http, new ListenAddress("127.0.0.1", port));
}
