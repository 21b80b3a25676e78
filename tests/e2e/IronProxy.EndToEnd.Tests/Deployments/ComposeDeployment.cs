using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// A folder that 'ironc deploy --target compose' wrote, in a <see cref="DeploymentWorld"/>. It runs as it was generated; what the world
/// needs (the server outside is trusted, and is the DNS server of the proxy) is in compose.override.yaml, where users put theirs.
/// </summary>
internal sealed class ComposeDeployment(DeploymentWorld world, string folder) : IAsyncDisposable
{
    public const string OpenAiKey = "canary-openai-4711";
    public const string InternalToken = "canary-internal-4712";

    private const string Override = """
        services:
          proxy:
            dns: [203.0.113.10]
            environment: {SSL_CERT_FILE: /outside.crt}
            volumes: ["CERTIFICATE:/outside.crt:ro"]

        """;

    private readonly List<string> _files = ["compose.yaml", "compose.override.yaml"];

    private string Compose => $"docker-compose {string.Join(' ', _files.Select(f => "-f " + f))}";

    /// <summary>Generates the quickstart's deployment with options.</summary>
    public static async Task<ComposeDeployment> CreateAsync(DeploymentWorld world, string name, params string[] options)
    {
        var folder = world.NewFolder(name);
        var policy = await File.ReadAllTextAsync(Repository.Path("samples", "quickstart", "proxy.yaml"));

        // The server outside has an address that is reserved for documentation, which the proxy does not dial by itself.
        await File.WriteAllTextAsync(Path.Combine(folder, "proxy.yaml"), policy.Replace("proxy:\n", "proxy:\n  upstream_deny_cidrs: []\n", StringComparison.Ordinal));
        var deployment = new ComposeDeployment(world, Path.Combine(folder, "compose"));
        var set = string.Join(' ', options.Select(o => $"--set {o}"));
        (await world.RunAsync($"{ProxyBinaries.Ironc} deploy -t compose proxy.yaml -o compose --set image=localhost/iron-proxy:test --set workload_image=localhost/workload:test {set}", folder))
            .OutputOfSuccess();
        deployment.Write("compose.override.yaml", Override.Replace("CERTIFICATE", world.OutsideCertificate, StringComparison.Ordinal));
        deployment.Write(".env", $"OPENAI_API_KEY={OpenAiKey}\nINTERNAL_TOKEN={InternalToken}\n");
        return deployment;
    }

    /// <summary>Adds a Compose file, such as one with a mistake in it.</summary>
    public void Add(string name, string content)
    {
        Write(name, content);
        _files.Add(name);
    }

    public Task<ShellResult> RunAsync(string script) => world.RunAsync(script, folder);

    public Task<ShellResult> UpAsync() => RunAsync($"{Compose} up -d");

    public Task<ShellResult> ComposeAsync(string arguments) => RunAsync($"{Compose} {arguments}");

    /// <summary>Runs a command in the workload.</summary>
    public Task<ShellResult> InWorkloadAsync(string command) => RunAsync($"{Compose} exec -T workload {command}");

    /// <summary>The attempts of attack.sh that found a way, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AttackAsync()
    {
        var script = await File.ReadAllTextAsync(Repository.Path("tests", "e2e", "IronProxy.EndToEnd.Tests", "Deployments", "attack.sh"));
        var environment = $"-e OUTSIDE=203.0.113.10 -e GATEWAY=172.20.0.1 -e DENIED=example.com -e CA_KEY=/certs/ca.key -e CANARIES='{OpenAiKey} {InternalToken}'";
        var output = (await world.RunAsync($"{Compose} exec -T {environment} workload bash -s", folder, script)).OutputOfSuccess();
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // Each attempt reports; fewer lines would be attempts that were never made.
        Assert.True(lines.Count(l => l.StartsWith("closed ", StringComparison.Ordinal) || l.StartsWith("OPEN ", StringComparison.Ordinal)) == 20, output);
        return lines.Where(l => l.StartsWith("OPEN ", StringComparison.Ordinal)).ToDictionary(l => l[5..l.IndexOf(':', StringComparison.Ordinal)], l => l);
    }

    public async ValueTask DisposeAsync() => (await ComposeAsync("down --volumes --timeout 2")).OutputOfSuccess();

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(folder, name), content);
}
