using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Tools;

public sealed class DigTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    [SkippableTheory]
    [InlineData("+notcp", "anything.test", "A", "192.0.2.80\n")]
    [InlineData("+tcp", "anything.test", "A", "192.0.2.80\n")]
    [InlineData("+notcp", "anything.test", "AAAA", "")]
    [InlineData("+tcp", "anything.test", "HTTPS", "")]
    [InlineData("+notcp", "api.example.com", "A", "127.0.0.1\n")]
    public async Task Dig_gets_the_answers_that_lead_to_the_proxy(string transport, string name, string type, string expected)
    {
        CommandLine.Require("dig", "bind9-dnsutils");
        var (exit, output, _) = await CommandLine.RunAsync(
            "dig", "@127.0.0.1", "-p", $"{example.Port("dns")}", transport, "+short", "+tries=1", "+time=5", name, type);
        Assert.Equal((0, expected), (exit, output));
    }
}
