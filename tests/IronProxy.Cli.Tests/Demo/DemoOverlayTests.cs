using IronProxy.Cli.Commands.Demo;
using IronProxy.Compiler;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Tests.Demo;

public class DemoOverlayTests
{
    [Fact]
    public void Sections_are_replaced_and_the_lines_of_the_others_keep_their_numbers()
    {
        const string Sample = "# head\ndns:\n  listen: \":53\"\n\n# rules\ntransforms:\n  - name: allowlist\ntls:\n  mode: mitm\nlog:\n  level: info\n";

        var result = DemoOverlay.Apply(Sample, "dns:\n  enabled: false\ntls:\n  mode: sni-only\n");

        Assert.Equal(
            "# head\n\n\n\n# rules\ntransforms:\n  - name: allowlist\n\n\nlog:\n  level: info\ndns:\n  enabled: false\ntls:\n  mode: sni-only\n",
            result);
    }

    [Fact]
    public void The_quickstart_compiles_as_it_is()
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", DemoOverlay.Quickstart()));

        Assert.Empty(result.Diagnostics);
        Assert.NotNull(result.Plan);
    }

    [Fact]
    public void The_quickstart_compiles_with_the_overlay_to_loopback_listeners_and_the_same_steps()
    {
        var sample = ProxyCompiler.Compile(new SourceText("proxy.yaml", DemoOverlay.Quickstart())).Plan!;

        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", DemoOverlay.Apply(DemoOverlay.Quickstart(), DemoOverlay.Text)));

        Assert.Empty(result.Diagnostics);
        var listeners = result.Plan!.Listeners;
        Assert.All([listeners.Http, listeners.Https, listeners.Tunnel, listeners.Metrics, result.Plan.Dns!.Listen], l => Assert.Equal("127.0.0.1:0", l!.ToString()));
        Assert.Empty(result.Plan.Upstream.DenyCidrs);
        Assert.Equal("ca.crt", result.Plan.Tls.CaCert);
        Assert.Equal(sample.Steps.Select(s => (s.Type, s.At)), result.Plan.Steps.Select(s => (s.Type, s.At)));
    }
}
