using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Startup;

/// <summary>What is wrong ends the start with one clear sentence, before anything listens.</summary>
public sealed class StartupFailureTests : IDisposable
{
    private const string Allow = """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]

        """;

    private const string WithSecret = Allow + """
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  inject: { header: "Authorization", formatter: "Bearer {{ .Value }}" }
                  rules: [{ host: "api.example.com" }]

        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_CA_file_is_named()
    {
        var plan = _folder.Compile(ExampleProxy.Settings + Allow);
        File.Delete(_folder.CaFile);
        await FailsAsync(plan, "tls.ca_cert", "ca.crt does not exist", "ironc ca create");
    }

    [Fact]
    public async Task A_CA_key_that_is_none_is_named()
    {
        var plan = _folder.Compile(ExampleProxy.Settings + Allow);
        _folder.Write("ca.key", "nothing like a key");
        await FailsAsync(plan, "ca.crt", "cannot be used");
    }

    [Fact]
    public async Task An_occupied_port_is_named_with_its_key()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var taken = ((IPEndPoint)occupant.LocalEndpoint).ToString();
        var yaml = (ExampleProxy.Settings + Allow).Replace("https_listen: \"127.0.0.1:0\"", $"https_listen: \"{taken}\"", StringComparison.Ordinal);
        await FailsAsync(_folder.Compile(yaml), "proxy.https_listen", taken);
    }

    [Fact]
    public async Task An_occupied_DNS_port_is_named_with_its_key()
    {
        using var occupant = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var taken = occupant.Client.LocalEndPoint!.ToString()!;
        var yaml = (ExampleProxy.Settings + Allow).Replace("dns:\n  listen: \"127.0.0.1:0\"", $"dns:\n  listen: \"{taken}\"", StringComparison.Ordinal);
        await FailsAsync(_folder.Compile(yaml), "dns.listen", taken);
    }

    [Fact]
    public Task A_plan_that_is_not_there_is_named() => FailsAsync(_folder.File("nowhere.json"), "nowhere.json", "cannot be read");

    [Fact]
    public Task A_plan_that_is_not_JSON_is_refused() => FailsAsync(_folder.Write("broken.json", "{"), "not JSON");

    [Fact]
    public Task A_file_that_is_no_plan_is_refused() => FailsAsync(_folder.Write("other.json", "{}"), "not a plan", "ironc compile");

    [Fact]
    public async Task A_newer_format_is_refused_with_both_numbers() =>
        await FailsAsync(Changed(p => p["formatVersion"] = 99), "format 99", "reads format 1");

    [Fact]
    public async Task A_step_that_this_build_does_not_have_is_named() =>
        await FailsAsync(Changed(p => p["steps"]![0]!["type"] = "telepathy"), "step 'telepathy'", "it cannot run");

    [Fact]
    public async Task A_secret_source_that_this_build_does_not_have_is_named() =>
        await FailsAsync(Changed(p => p["steps"]![1]!["secrets"]![0]!["source"]!["type"] = "vault"), "secret source 'vault'");

    [Fact]
    public async Task A_plan_that_was_changed_by_hand_is_refused() =>
        await FailsAsync(Changed(p => p["upstream"]!["denyCidrs"] = new JsonArray("10.0.0.0/8")), "changed after it was compiled");

    [Fact]
    public async Task A_secret_that_is_not_set_is_named_with_its_line()
    {
        var yaml = ExampleProxy.Settings + WithSecret;
        var line = 1 + Array.FindIndex(yaml.Split('\n'), l => l.Contains("API_KEY", StringComparison.Ordinal));
        await FailsAsync(_folder.Compile(yaml), "API_KEY", $"line {line}");
    }

    [Fact]
    public async Task A_secret_with_a_line_break_is_refused_and_not_shown()
    {
        var plan = _folder.Compile(ExampleProxy.Settings + WithSecret);
        var error = await FailsAsync(plan, [("API_KEY", "real-value\r\nX-Admin: yes")], "API_KEY", "line break");
        Assert.DoesNotContain("real-value", error, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Admin", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_no_header_can_carry_is_refused_and_not_shown()
    {
        var plan = _folder.Compile(ExampleProxy.Settings + WithSecret);
        var error = await FailsAsync(plan, [("API_KEY", "real-v\u00e4lue-\u20ac")], "API_KEY", "beyond ASCII");
        Assert.DoesNotContain("real-v", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_too_short_to_be_taken_out_of_responses_is_refused_and_not_shown()
    {
        var plan = _folder.Compile(ExampleProxy.Settings + WithSecret.TrimEnd() + "\n          scrub_responses: true\n");
        var error = await FailsAsync(plan, [("API_KEY", "tiny-7!")], "API_KEY", "less than 8 bytes");
        Assert.DoesNotContain("tiny", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_that_does_not_compile_shows_its_diagnostics()
    {
        var config = _folder.Write("proxy.yaml", ExampleProxy.Settings + "transforms:\n  - name: alowlist\n");
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-config", config]);
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("allowlist", error, StringComparison.Ordinal);
        Assert.Contains("was not compiled, so nothing was started", error, StringComparison.Ordinal);
        Assert.DoesNotContain("\"msg\":\"ready\"", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_that_is_not_there_could_not_be_read()
    {
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-config", _folder.File("nowhere.yaml")]);
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("there is no such file", error, StringComparison.Ordinal);
        Assert.Contains("nowhere.yaml could not be read, so nothing was started", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_and_a_policy_that_changed_places_are_told_apart()
    {
        var config = _folder.Write("proxy.yaml", "# comment\n" + ExampleProxy.Settings + Allow);
        await FailsAsync(config, "proxy.yaml is no plan. Did you mean -config");

        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-config", _folder.Compile(ExampleProxy.Settings + Allow)]);
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("is a compiled plan, which 'iron-proxy -plan' runs", error, StringComparison.Ordinal);
        Assert.Equal(2, error.TrimEnd('\n').Split('\n').Length);
    }

    [Theory]
    [InlineData("give -config or -plan")]
    [InlineData("unknown option '-verbose'", "-verbose")]
    [InlineData("-plan needs a file", "-plan")]
    [InlineData("-config and -plan exclude each other", "-plan", "a", "-config", "b")]
    [InlineData("-plan-hash needs the 64 hex digits of a SHA-256", "-plan", "a", "-plan-hash", "sha256:12")]
    [InlineData("-plan-hash goes with -plan", "-config", "a", "-plan-hash", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("unknown option '-watch=yes'", "-plan", "a", "-watch=yes")]
    [InlineData("unexpected argument 'proxy.yaml'", "proxy.yaml")]
    public async Task Wrong_usage_ends_with_2(string sentence, params string[] arguments)
    {
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, arguments);
        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith($"iron-proxy: {sentence}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Help_and_version_go_to_standard_output()
    {
        var help = await ProxyLauncher.RunAsync(_folder, ["--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);

        var version = await ProxyLauncher.RunAsync(_folder, ["-version"]);
        Assert.Equal((0, ""), (version.ExitCode, version.Error));
        Assert.StartsWith("iron-proxy ", version.Output, StringComparison.Ordinal);
    }

    /// <summary>A good plan with one change.</summary>
    private string Changed(Action<JsonNode> change)
    {
        var plan = JsonNode.Parse(File.ReadAllText(_folder.Compile(ExampleProxy.Settings + WithSecret)))!;
        change(plan);
        return _folder.Write("changed.json", plan.ToJsonString());
    }

    private Task<string> FailsAsync(string plan, params string[] parts) => FailsAsync(plan, [], parts);

    private async Task<string> FailsAsync(string plan, IEnumerable<(string Name, string Value)> environment, params string[] parts)
    {
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan], environment);
        Assert.True(exit == 1, $"exit status {exit}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("iron-proxy: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.All(parts, part => Assert.Contains(part, error, StringComparison.Ordinal));
        return error;
    }
}
