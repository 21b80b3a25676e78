using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// A folder that 'ironc deploy --target compose' wrote, in a <see cref="DockerWorld"/>. It runs as it was generated; what the world
/// needs (the server outside is trusted, and is the DNS server of the proxy) is in compose.override.yaml, where users put theirs.
/// </summary>
internal sealed class ComposeDeployment(DockerWorld world, string folder, string command) : IAsyncDisposable
{
    public const string OpenAiKey = "canary-openai-4711";
    public const string InternalToken = "canary-internal-4712";

    private const string Override = $$"""
        services:
          proxy:
            dns: [{{OutsideWorld.Upstream}}]
            environment: {SSL_CERT_FILE: /outside.crt}
            volumes: ["CERTIFICATE:/outside.crt:ro"]
          workload:
            volumes: ["PROGRAMS:/doctor:ro", "PLAN:/doctor.plan.json:ro"]

        """;

    private readonly List<string> _files = ["compose.yaml", "compose.override.yaml"];

    private string Compose => $"docker-compose {string.Join(' ', _files.Select(f => "-f " + f))}";

    /// <summary>Generates the quickstart's deployment with options.</summary>
    public static async Task<ComposeDeployment> CreateAsync(DockerWorld world, string name, params string[] options)
    {
        var folder = world.NewFolder(name);
        var policy = await File.ReadAllTextAsync(Repository.Path("samples", "quickstart", "proxy.yaml"));

        // The server outside has an address that is reserved for documentation, which the proxy does not dial by itself.
        // And metrics are for the proxy's own container, as the preflight asks for.
        await File.WriteAllTextAsync(
            Path.Combine(folder, "proxy.yaml"),
            policy.Replace("proxy:\n", "proxy:\n  upstream_deny_cidrs: []\n", StringComparison.Ordinal) + "\nmetrics:\n  listen: \"127.0.0.1:9090\"\n");
        var set = string.Join(' ', options.Select(o => $"--set {o}"));
        var deployment = new ComposeDeployment(
            world,
            Path.Combine(folder, "compose"),
            $"{ProxyBinaries.Ironc} deploy -t compose ../proxy.yaml -o . --set image=localhost/iron-proxy:test --set workload_image=localhost/workload:test {set}");
        Directory.CreateDirectory(Path.Combine(folder, "compose"));
        (await deployment.DeployAsync()).OutputOfSuccess();
        deployment.Write("compose.override.yaml", Override
            .Replace("CERTIFICATE", world.OutsideCertificate, StringComparison.Ordinal)
            .Replace("PROGRAMS", ContainerWorld.Programs, StringComparison.Ordinal)
            .Replace("PLAN", Path.Combine(folder, "compose", "proxy.plan.json"), StringComparison.Ordinal));
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

    /// <summary>Runs <c>ironc deploy</c>, where <c>docker compose</c> is the docker-compose of Debian.</summary>
    public Task<ShellResult> DeployAsync(string action = "") => RunAsync($"COMPOSE_IGNORE_ORPHANS=false PATH={world.DockerWithCompose}:$PATH {command} {action}");

    public Task<ShellResult> UpAsync() => RunAsync($"{Compose} up -d");

    public Task<ShellResult> ComposeAsync(string arguments) => RunAsync($"{Compose} {arguments}");

    /// <summary>Runs a command in the workload.</summary>
    public Task<ShellResult> InWorkloadAsync(string command) => RunAsync($"{Compose} exec -T workload {command}");

    /// <summary>Runs doctor in the workload.</summary>
    public async Task<DoctorReport> AttackAsync()
    {
        var container = (await ComposeAsync("ps -q workload")).OutputOfSuccess().Trim();
        return await DoctorProcess.RunAsync(
            ["docker", "--host", world.DockerHost, "exec", container],
            new DoctorAttack
            {
                Program = "/doctor/ironc",
                Policy = "/doctor.plan.json",
                Ca = "/etc/iron-proxy-trust/ca.crt",
                Allowed = ["https://httpbin.org/headers"],
                Headers = ["Authorization: Bearer proxy-openai-abc123"],
                Probes = [.. OutsideWorld.Probes, "172.20.0.1:22"],
            });
    }

    /// <summary>Attacks, and asserts that it holds, that the upstream saw the real secret, and that the workload did not.</summary>
    public async Task AssertHeldAsync()
    {
        var report = await world.Outside.AssertHeldAsync(AttackAsync, OpenAiKey);
        Assert.True(!report.Of("note").Any(), report.ToString());
        Assert.DoesNotContain("canary-", report.Output, StringComparison.Ordinal);
    }

    /// <summary>The services that run.</summary>
    public async Task<IReadOnlyList<string>> RunningAsync() =>
        (await ComposeAsync("ps --services --filter status=running")).OutputOfSuccess().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async ValueTask DisposeAsync() => (await ComposeAsync("down --volumes --timeout 2")).OutputOfSuccess();

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(folder, name), content);
}
