namespace IronProxy.Cli.Tests.Commands.Deploy;

/// <summary>A place for what the proxy writes, on the targets that keep it.</summary>
public sealed class StateFolderTests : IDisposable
{
    private const string Token = """
          - name: oauth_token
            config:
              tokens:
                - grant: refresh_token
                  refresh_token: {type: env, var: REFRESH_TOKEN}
                  client_id: {type: env, var: CLIENT_ID}
                  token_endpoint: "https://login.example.com/token"
                  state_file: /var/lib/iron-proxy/tokens.json
                  rules: [{host: api.example.com}]

        """;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_service_may_write_in_its_folder_and_nowhere_else()
    {
        var kept = await DeployAsync("baremetal", Token);
        Assert.Contains("\nProtectSystem=strict\n# /var/lib/iron-proxy, the one folder that it may write: rotated refresh tokens.\nStateDirectory=iron-proxy\nStateDirectoryMode=0700\n", kept("systemd/iron-proxy.service"), StringComparison.Ordinal);
        Assert.Contains("- `/var/lib/iron-proxy/tokens.json`\n", kept("README.md"), StringComparison.Ordinal);
        Assert.Contains(" /var/lib/iron-proxy\n", kept("uninstall.sh"), StringComparison.Ordinal);
        Assert.DoesNotContain("tokens.json", kept("install.sh"), StringComparison.Ordinal); // It is no file that somebody puts there.

        var none = await DeployAsync("baremetal", "");
        Assert.DoesNotContain("StateDirectory", none("systemd/iron-proxy.service"), StringComparison.Ordinal);
        Assert.DoesNotContain("/var/lib/iron-proxy", none("uninstall.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_has_a_volume()
    {
        var kept = (await DeployAsync("compose", Token))("compose.yaml");
        Assert.Contains("      - type: volume\n        source: state\n        target: /var/lib/iron-proxy\n", kept, StringComparison.Ordinal);
        Assert.Matches("\nvolumes:\n(.*\n)*  state: *", kept);
        Assert.DoesNotContain("tokens.json", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("/var/lib/iron-proxy", (await DeployAsync("compose", ""))("compose.yaml"), StringComparison.Ordinal);
    }

    /// <summary>A volume gets the owner of the folder that it is mounted over.</summary>
    [Fact]
    public async Task The_image_has_the_folder_for_its_user()
    {
        var files = await DeployAsync("image", Token);
        Assert.Contains(" && install -d -m 0700 -o 10001 -g 10001 /var/lib/iron-proxy\n", files("Dockerfile"), StringComparison.Ordinal);
        Assert.Contains("    --volume iron-proxy-state:/var/lib/iron-proxy \\\n", files("README.md"), StringComparison.Ordinal);
    }

    private async Task<Func<string, string>> DeployAsync(string target, string transform)
    {
        var output = _temporary.File($"{target}-{transform.Length}");
        var policy = _temporary.Write($"{target}-{transform.Length}.yaml", $$"""
            dns: {listen: ":{{(target == "compose" ? 53 : 8053)}}", proxy_ip: {{(target == "compose" ? "172.20.0.2" : "127.0.0.1")}}}
            proxy: {http_listen: ":{{(target == "compose" ? 80 : 8080)}}", https_listen: ":{{(target == "compose" ? 443 : 8443)}}"}
            tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
            metrics: {listen: "{{(target == "baremetal" ? "127.0.0.1" : "")}}:9090"}
            transforms:
              - name: allowlist
                config: {domains: [api.example.com]}
            {{transform}}
            """);
        var run = await CliRun.Of(["deploy", "--target", target, policy, "--output", output]);
        Assert.True(run.Exit == ExitCode.Ok, run.Error);
        return path => File.ReadAllText(Path.Combine(output, path));
    }
}
