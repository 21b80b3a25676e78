namespace IronProxy.Cli.Tests.Demo;

public class DemoTests
{
    [Fact]
    public async Task A_missing_proxy_is_one_clear_sentence()
    {
        var run = await CliRun.Of("demo", "--proxy", "/nonexistent/iron-proxy");

        Assert.Equal(1, run.Exit);
        Assert.StartsWith("ironc: there is no iron-proxy at /nonexistent/iron-proxy: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task A_proxy_that_ends_at_once_is_reported_with_what_it_said_and_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var proxy = folder.Write("iron-proxy", "#!/bin/sh\necho \"the CA has expired, in $PWD\" >&2\nexit 1\n");
        File.SetUnixFileMode(proxy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var run = await CliRun.Of("demo", "--proxy", proxy);

        Assert.Equal(1, run.Exit);
        Assert.Contains("iron-proxy did not get ready; it said:", run.Error, StringComparison.Ordinal);
        var directory = run.Error[(run.Error.IndexOf("expired, in ", StringComparison.Ordinal) + "expired, in ".Length)..].Trim();
        Assert.Contains("ironc-demo-", directory, StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Variables_that_place_another_proxy_do_not_reach_that_of_the_demo()
    {
        using var folder = new TemporaryFolder();
        var proxy = folder.Write("iron-proxy", "#!/bin/sh\nenv >&2\nexit 1\n");
        File.SetUnixFileMode(proxy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("IRON_OF_THE_USER", "set");
        try
        {
            var run = await CliRun.Of("demo", "--proxy", proxy);
            Assert.Contains("SSL_CERT_FILE=", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("IRON_OF_THE_USER", run.Error, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("IRON_OF_THE_USER", null);
        }
    }

    [SkippableFact]
    public async Task All_five_requests_of_the_quickstart_come_out_right()
    {
        var bin = Environment.GetEnvironmentVariable("IRON_BIN");
        Skip.If(string.IsNullOrEmpty(bin), "IRON_BIN does not name a folder with the published programs (eng/test.sh sets it)");

        var run = await CliRun.Of("demo", "--proxy", Path.Combine(bin, "iron-proxy"));

        Assert.True(run.Exit == 0, run.ToString());
        Assert.EndsWith("5 of 5 requests came out right\n", run.Out, StringComparison.Ordinal);
    }
}
