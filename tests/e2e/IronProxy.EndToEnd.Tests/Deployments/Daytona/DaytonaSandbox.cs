using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments.Daytona;

/// <summary>A sandbox that runs, in a network of its own with the world outside, and a stub of Daytona's service that leads into it.</summary>
internal sealed class DaytonaSandbox : IAsyncDisposable
{
    public const string Secret = "the-real-secret-4711";

    /// <summary>
    /// Becomes the image's user without capabilities, as Docker makes it. podman gives what <c>--cap-add</c> names to every user.
    /// </summary>
    private const string AsUser = "setpriv --reuid daytona --regid daytona --init-groups --inh-caps=-all --ambient-caps=-all";

    private readonly DaytonaImage _image;
    private readonly OutsideWorld _outside;
    private readonly NetworkNamespace _host;
    private readonly string _record;
    private Process? _stub;
    private int _port;

    private DaytonaSandbox(DaytonaImage image, OutsideWorld outside, NetworkNamespace host)
    {
        (_image, _outside, _host) = (image, outside, host);
        Name = host.Name;
        _record = Path.Combine(image.World.NewFolder(host.Name), "record");
    }

    public string Name { get; }

    public OutsideWorld Outside => _outside;

    /// <summary>What the stub was asked.</summary>
    public IReadOnlyList<JsonNode> Requests => [.. File.ReadLines(_record).Select(l => JsonNode.Parse(l)!)]; // Each line is an object.

    public string RecordedText => File.ReadAllText(_record);

    private string Podman => _image.World.Podman;

    /// <summary>Starts the container. Its entrypoint closes it and waits for secrets.</summary>
    /// <param name="image">What it is made of.</param>
    /// <param name="capabilities">Arguments of podman run.</param>
    /// <param name="command">The first process: the entrypoint, or a program that starts it, as Daytona does.</param>
    public static Task<DaytonaSandbox> StartAsync(DaytonaImage image, string capabilities = "--cap-add NET_ADMIN", string command = "/usr/local/bin/iron-proxy-entrypoint") =>
        RunContainerAsync(image, $"{capabilities} --user root --entrypoint setpriv", AsUser["setpriv ".Length..] + " " + command);

    /// <summary>Starts the container as podman does it, with capabilities for its user.</summary>
    public static Task<DaytonaSandbox> StartWithCapabilitiesAsync(DaytonaImage image) => RunContainerAsync(image, "--cap-add NET_ADMIN", "");

    private static async Task<DaytonaSandbox> RunContainerAsync(DaytonaImage image, string arguments, string command)
    {
        var outside = await OutsideWorld.StartAsync(image.World.UpstreamCertificate("api.example.com"));
        var host = await NetworkNamespace.CreateAsync("dy");
        await outside.ConnectAsync(host);
        var sandbox = new DaytonaSandbox(image, outside, host);
        (await sandbox.BashAsync($"{sandbox.Podman} run --detach --name {sandbox.Name} --network ns:/run/netns/{host.Name} --hostname sandbox --add-host sandbox:127.0.0.1 --no-healthcheck {arguments} {image.Name} {command}")).OutputOfSuccess();
        return sandbox;
    }

    /// <summary>Runs the deployment's sandbox.ts with the real SDK.</summary>
    public async Task<ShellResult> ScriptAsync(string arguments, string environment = $"API_KEY={Secret} DAYTONA_API_KEY=key")
    {
        if (_stub is null)
        {
            await File.WriteAllTextAsync(_record, "");
            _stub = Process.Start(new ProcessStartInfo("python3", [Repository.Path("tests", "e2e", "IronProxy.EndToEnd.Tests", "Deployments", "Daytona", "daytona.py"), _record, Podman, "exec", "--interactive", "--user", "root", Name, .. AsUser.Split(' ')])
            {
                RedirectStandardOutput = true,
                Environment = { ["CONTAINERS_CONF"] = Path.Combine(Path.GetDirectoryName(Podman)!, "containers.conf") }, // It is in a folder.
            })!; // Null only with a shell.
            _port = int.Parse((await _stub.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program))!, CultureInfo.InvariantCulture);
        }

        return await DeploymentShell.RunAsync($"env {environment} DAYTONA_API_URL=http://127.0.0.1:{_port}/api ./sandbox.sh {arguments}", _image.Folder, new Dictionary<string, string>());
    }

    /// <summary>Runs a line of bash in the sandbox, as the workload or as another user.</summary>
    public Task<ShellResult> RunAsync(string line, string user = "daytona") => _image.World.RunAsync($"{Podman} exec --interactive --user root {Name} {(user == "root" ? "" : AsUser)} bash", input: line);

    /// <summary>What the container printed, when it has ended by itself or said a text.</summary>
    public async Task<string> LogAsync(string until)
    {
        var log = "";
        var said = await Patience.UntilAsync(async () =>
        {
            log = (await BashAsync($"{Podman} logs {Name} 2>&1")).Output;
            return log.Contains(until, StringComparison.Ordinal);
        });
        return said ? log : throw new TimeoutException(log);
    }

    /// <summary>How the container ended; it must end.</summary>
    public async Task<int> ExitCodeAsync() => int.Parse((await BashAsync($"{Podman} wait {Name}")).OutputOfSuccess(), CultureInfo.InvariantCulture);

    /// <summary>Stops the sandbox and starts it again: files stay; processes, memory and rules do not.</summary>
    public async Task RestartAsync()
    {
        (await BashAsync($"{Podman} stop --time 1 {Name}")).OutputOfSuccess();
        await _host.RunAsync("nft", ["flush", "ruleset"]);
        (await BashAsync($"{Podman} start {Name}")).OutputOfSuccess();
    }

    /// <summary>doctor as the workload.</summary>
    public Task<DoctorReport> AttackAsync() => DoctorProcess.RunAsync(
        ["env", "CONTAINERS_CONF=" + Path.Combine(Path.GetDirectoryName(Podman)!, "containers.conf"), Podman, "exec", "--user", "root", Name, .. AsUser.Split(' ')],
        new DoctorAttack
        {
            Program = "/opt/iron-proxy/ironc",
            Policy = "/etc/iron-proxy/proxy.plan.json",
            Ca = "/etc/iron-proxy/ca.crt",
            Resolver = "127.0.0.53",
            Protected = ["/etc/iron-proxy/ca.key", "/dev/shm/iron-proxy/private"],
            Allowed = ["https://api.example.com/v1"],
            Headers = [$"Authorization: Bearer {DaytonaImage.Placeholder}"],
        });

    /// <summary>Attacks, and asserts that it holds, that the upstream saw the real secret, and that the workload did not.</summary>
    public Task<DoctorReport> AssertHeldAsync() => _outside.AssertHeldAsync(AttackAsync, Secret);

    public async ValueTask DisposeAsync()
    {
        await BashAsync($"{Podman} rm --force --time 0 {Name}");
        if (_stub is not null)
        {
            _stub.Kill();
            await _stub.WaitForExitAsync();
            _stub.Dispose();
        }

        await _host.DisposeAsync();
        await _outside.DisposeAsync();
    }

    private Task<ShellResult> BashAsync(string script) => _image.World.RunAsync(script);
}
