using System.Net;
using IronProxy.Certificates;
using Microsoft.AspNetCore.Builder;

namespace IronProxy.Runtime.Tests.Policies;

/// <summary>What stands in the files of upstream_ca is read at the start, and again when a policy is swapped.</summary>
public sealed class UpstreamCaSwapTests
{
    private const string Transforms = "[{ name: allowlist, config: { domains: [upstream.test] } }]";

    [Fact]
    public async Task A_swap_reads_the_files_again_and_one_that_cannot_leaves_the_policy_of_before()
    {
        var content = CaGenerator.Create(new CaOptions(), TimeProvider.System).CertificatePem;
        await using var world = await TlsWorld.StartAsync(upstream => upstream.MapGet("/", () => "ok"), Transforms, upstreamCa: ca => content ?? ca);
        var plan = TlsWorld.Compile(Transforms, ", upstream_ca: [corp.pem]");
        using var client = new HttpClient(world.CreateHandler());
        var url = $"https://upstream.test:{world.UpstreamPort}/";
        using (var before = await client.GetAsync(url))
        {
            Assert.Equal(HttpStatusCode.BadGateway, before.StatusCode);
            Assert.Contains("upstream_tls", await before.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        content = null;
        await world.Server.SwapAsync(plan, CancellationToken.None);
        Assert.Equal("ok", await client.GetStringAsync(url));

        content = "nothing";
        var e = await Assert.ThrowsAsync<StartupException>(() => world.Server.SwapAsync(plan, CancellationToken.None));
        Assert.Equal("The file corp.pem of line 2 (proxy.upstream_ca) holds no certificate in PEM format.", e.Message);
        Assert.Equal("ok", await client.GetStringAsync(url));
    }
}
