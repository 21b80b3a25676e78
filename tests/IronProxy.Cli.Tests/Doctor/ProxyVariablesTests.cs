using IronProxy.Cli.Commands.Doctor;
using IronProxy.Cli.Commands.Doctor.Checks;

namespace IronProxy.Cli.Tests.Doctor;

public class ProxyVariablesTests
{
    [Theory]
    [InlineData("localhost,127.0.0.1,::1,127.0.0.0/8", "Closed")]
    [InlineData("localhost, proxy.internal", "Closed")]
    [InlineData("*", "Hole")]
    [InlineData("localhost,.example.com", "Hole")]
    [InlineData("10.0.0.0/8", "Hole")]
    public async Task NO_PROXY_may_name_this_machine_and_the_proxy_alone(string value, string expected)
    {
        var settings = new DoctorSettings
        {
            Proxy = new ProxyAddress("proxy.internal", 8080),
            Resolvers = [System.Net.IPEndPoint.Parse("127.0.0.1:9")],
            Timeout = TimeSpan.FromMilliseconds(100),
        };
        var workload = await Workload.LookAroundAsync(settings, null, name => name == "NO_PROXY" ? value : null, default);

        var attempt = Assert.Single(new ProxyVariablesCheck().Attempts(workload));

        Assert.Equal(expected, $"{(await attempt.TryAsync(default)).Verdict}");
    }

    [Theory]
    [InlineData("http://10.0.0.2:8080", "10.0.0.2:8080")]
    [InlineData("10.0.0.2:8080", "10.0.0.2:8080")]
    [InlineData("http://user:word@[fd00::2]:8080/", "[fd00::2]:8080")]
    [InlineData("socks5h://proxy.internal:1080", "proxy.internal:1080")]
    public void The_address_of_a_proxy_is_read_without_its_password(string text, string expected)
    {
        Assert.True(ProxyAddress.TryParse(text, out var address));
        Assert.Equal(expected, address.ToString());
    }
}
