using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>What the target image makes, built with podman and run with Docker.</summary>
[Collection(DockerCollection.Name)]
public sealed class ImageTests(DockerWorld world)
{
    private const string Run = "docker run --rm --network none --read-only --cap-drop ALL localhost/iron-proxy:test";

    [SkippableFact]
    public async Task Both_programs_are_in_it_and_run_without_writing()
    {
        world.Require();
        Assert.Equal("iron-proxy 0.1.0\n", (await world.RunAsync($"{Run} -version")).OutputOfSuccess());
        Assert.StartsWith("ironc 0.1.0", (await world.RunAsync($"{Run.Replace("--rm", "--rm --entrypoint ironc", StringComparison.Ordinal)} version")).OutputOfSuccess(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_a_plan_it_ends_and_says_why()
    {
        world.Require();
        var run = await world.RunAsync(Run);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The plan /etc/iron-proxy/proxy.plan.json cannot be read", run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task It_runs_as_a_user_has_a_health_check_and_no_secret_in_its_environment()
    {
        world.Require();
        var config = (await world.RunAsync("docker image inspect localhost/iron-proxy:test --format '{{.Config.User}}|{{json .Config.Healthcheck.Test}}|{{json .Config.Env}}'")).OutputOfSuccess();
        Assert.Equal(
            """10001:10001|["CMD","iron-proxy-health"]|["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","DOTNET_EnableDiagnostics=0","IRON_PROXY_HEALTH_PORT=9090"]""" + "\n",
            config);
    }

    [SkippableFact]
    public async Task The_target_freestyle_takes_both_programs_out_of_it()
    {
        world.Require();
        var folder = world.NewFolder("pack");
        await CommandLine.SucceedAsync(ProxyBinaries.Ironc, "deploy", "-t", "freestyle", Repository.Path("samples", "sandbox", "proxy.yaml"), "-o", Path.Combine(folder, "freestyle"), "--set", "image=localhost/iron-proxy:test");
        (await world.RunAsync("ENGINE=docker ./pack.sh && mv programs.tar.gz first && ENGINE=docker ./pack.sh && cmp first programs.tar.gz", Path.Combine(folder, "freestyle"))).OutputOfSuccess();
        (await world.RunAsync("mkdir programs && tar -C programs -xzf freestyle/programs.tar.gz && programs/iron-proxy -version && programs/ironc version", folder)).OutputOfSuccess();
        Assert.Contains("has no image localhost/none:1", (await world.RunAsync("ENGINE=docker IMAGE=localhost/none:1 ./pack.sh", Path.Combine(folder, "freestyle"))).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Nothing_in_it_may_be_changed_by_the_user_that_it_runs_as()
    {
        world.Require();
        // Without --read-only: what a file system refuses is not what permissions refuse. /tmp shows that find would say so.
        var writable = (await world.RunAsync("docker run --rm --network none --cap-drop ALL --entrypoint find localhost/iron-proxy:test /opt /etc /usr /tmp -writable -not -type l 2> /dev/null")).Output;
        Assert.Equal("/tmp\n", writable);
    }

    [SkippableFact]
    public async Task A_volume_for_what_it_writes_is_its_users_alone()
    {
        world.Require();
        try
        {
            var owned = (await world.RunAsync("docker run --rm --network none --read-only --cap-drop ALL -v state-test:/var/lib/iron-proxy --entrypoint sh localhost/iron-proxy:test -c 'touch /var/lib/iron-proxy/tokens.json && stat -c \"%a %u %g\" /var/lib/iron-proxy'")).OutputOfSuccess();
            Assert.Equal("700 10001 10001\n", owned);
        }
        finally
        {
            await world.RunAsync("docker volume rm state-test");
        }
    }

    [SkippableFact]
    public async Task The_CA_program_keeps_a_good_CA_and_replaces_one_that_ends_or_does_not_fit()
    {
        world.Require();
        const string Ca = "docker run --rm --network none --read-only --tmpfs /tmp --cap-drop ALL --user 0:10001 -v ca-test:/certs -e IRON_CA_CERT=/certs/ca.crt -e IRON_CA_KEY=/certs/ca.key";
        const string Image = "--entrypoint iron-proxy-ca localhost/iron-proxy:test";
        try
        {
            Assert.Contains("a new CA (there is none)", (await world.RunAsync($"{Ca} {Image}")).OutputOfSuccess(), StringComparison.Ordinal);
            Assert.DoesNotContain("a new CA", (await world.RunAsync($"{Ca} {Image}")).OutputOfSuccess(), StringComparison.Ordinal);
            Assert.Contains("expires within 100 days", (await world.RunAsync($"{Ca} -e IRON_CA_RENEW_DAYS=100 {Image}")).OutputOfSuccess(), StringComparison.Ordinal);
            await world.RunAsync("docker run --rm -v ca-test:/certs --user 0 --entrypoint bash localhost/iron-proxy:test -c 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 > /certs/ca.key'");
            Assert.Contains("do not belong together", (await world.RunAsync($"{Ca} {Image}")).OutputOfSuccess(), StringComparison.Ordinal);
            Assert.Contains("asked for", (await world.RunAsync($"{Ca} {Image} rotate")).OutputOfSuccess(), StringComparison.Ordinal);
        }
        finally
        {
            await world.RunAsync("docker volume rm ca-test");
        }
    }
}
