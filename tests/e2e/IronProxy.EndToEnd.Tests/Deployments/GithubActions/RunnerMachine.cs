using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments.GithubActions;

/// <summary>
/// A Debian that boots systemd in a container, with what is dangerous about GitHub's runners: a user <c>runner</c> with sudo for
/// everything, whose first group is Docker's, folders that everyone may write to, and systemd-resolved. Steps run as GitHub's runner runs
/// them, and keep the groups that the runner had when it started.
/// </summary>
internal sealed class RunnerMachine : IAsyncDisposable
{
    public const string Secret = "the-real-token-$4711\"`\\";
    public const string Placeholder = "proxy-repository-token";
    public const string Workspace = "/home/runner/work";

    private const string Action = "/action";

    private readonly string _folder = Directory.CreateTempSubdirectory("iron-e2e-runner-").FullName;
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly Dictionary<string, string> _jobEnvironment = [];
    private string[] _groups = [];
    private ProxyFolder? _certificates;
    private SystemdMachine? _machine;
    private OutsideWorld? _outside;

    public OutsideWorld Outside => _outside!; // Made when it boots.

    /// <summary>The folder that was generated, on this side.</summary>
    public string ActionFolder => Path.Combine(_folder, "action");

    /// <summary>What later steps find in their environment.</summary>
    public IReadOnlyDictionary<string, string> JobEnvironment => _jobEnvironment;

    private string WorkFolder => Path.Combine(_folder, "work");

    /// <summary>Boots it, with a network that leads to an <see cref="OutsideWorld"/>.</summary>
    public static async Task<RunnerMachine> BootAsync(params string[] options)
    {
        var machine = new RunnerMachine();
        try
        {
            await machine.StartAsync(options);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }

        _parts.Reverse();
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }

        _certificates?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs a command as root, from outside of the job.</summary>
    public Task<(int ExitCode, string Output, string Error)> RootAsync(string script) => _machine!.RunAsync("bash", "-c", script); // Made when it boots.

    public Task<string> SucceedAsync(string script) => _machine!.SucceedAsync("bash", "-c", script);

    /// <summary>Runs a step of the job with <c>run:</c>.</summary>
    public Task<StepResult> StepAsync(string script, params (string Name, string Value)[] environment) => RunAsync(script, environment, []);

    /// <summary>Runs a step of the job with <c>uses:</c>.</summary>
    /// <param name="action">The folder of the action in the generated one; empty for the first.</param>
    /// <param name="with">Inputs.</param>
    /// <param name="environment">The step's <c>env:</c>.</param>
    /// <param name="become">What runs it: a command line that ends with the step's.</param>
    public async Task<StepResult> UseAsync(string action, Dictionary<string, string> with, (string Name, string Value)[] environment, params string[] become)
    {
        var composite = CompositeAction.Read(Path.Combine(ActionFolder, action, "action.yml"));
        var result = new StepResult(0, "", "");
        foreach (var step in composite.Steps)
        {
            var (exit, output, summary) = await RunAsync(step.Run, [.. environment, .. composite.EnvironmentOf(step, with), ("GITHUB_ACTION_PATH", Path.Combine(Action, action).TrimEnd('/'))], become);
            result = new StepResult(exit, result.Output + output, result.Summary + summary);
            if (exit != 0)
            {
                break;
            }
        }

        return result;
    }

    /// <summary>Attacks from within the job.</summary>
    public Task<DoctorReport> AttackAsync() => DoctorProcess.RunAsync(
        _machine!.CommandOf(Variables(_jobEnvironment.Select(e => (e.Key, e.Value))), AsRunner),
        new DoctorAttack
        {
            Program = "/usr/local/lib/iron-proxy/ironc",
            Policy = "/etc/iron-proxy/proxy.yaml",
            Ca = "/etc/iron-proxy/ca.crt",
            Protected = ["/etc/iron-proxy/ca.key", "/etc/iron-proxy/secrets.env"],
            Resolver = "127.0.0.53",
            Allowed = ["https://api.github.com/repos/example/app/pulls/7", "https://files.example.com/v1"],
            Headers = [$"Authorization: Bearer {Placeholder}"],
        });

    /// <summary>Attacks, and asserts that it holds, and that nothing has left it since.</summary>
    public async Task AssertHeldAsync(int arrived)
    {
        await Outside.AssertHeldAsync(AttackAsync, Secret);
        Assert.Empty(Outside.Arrivals.Skip(arrived));
    }

    private string[] AsRunner => ["setpriv", "--reuid", "runner", "--regid", _groups[0], "--groups", string.Join(',', _groups), "--inh-caps=-all"];

    private async Task StartAsync(string[] options)
    {
        _certificates = ProxyFolder.Create();
        _outside = await OutsideWorld.StartAsync(_certificates.UpstreamCertificate(["api.github.com", "files.example.com"]));
        _parts.Add(_outside);
        var network = await NetworkNamespace.CreateAsync("runner");
        _parts.Add(network);
        await _outside.ConnectAsync(network);

        await CommandLine.SucceedAsync(
            ProxyBinaries.Ironc,
            ["deploy", "--target", "github-actions", Repository.Path("samples", "ci", "proxy.yaml"), "-o", ActionFolder, "--set", "image=ghcr.io/example/iron-proxy", .. options.SelectMany(o => new[] { "--set", o })]);
        Directory.CreateDirectory(WorkFolder);
        await File.WriteAllTextAsync(Path.Combine(WorkFolder, "egress-rules.yaml"), "rules:\n  - domain: \"files.example.com\"\n    methods: [GET]\n    paths: [\"/v1/*\"]\n");
        File.Copy(_certificates.UpstreamCaFile, Path.Combine(_folder, "outside.crt"));

        _machine = new SystemdMachine { Network = network };
        await _machine.BootAsync(
            $"{ActionFolder}:{Action}:ro", $"{ProxyBinaries.Folder}:/programs:ro", SystemdMachine.DotnetVolume,
            $"{WorkFolder}:{Workspace}", $"{_folder}/outside.crt:/usr/local/share/ca-certificates/outside.crt:ro");
        await SucceedAsync(Furnish);
        _groups = (await SucceedAsync("id -G runner")).Trim().Split(' ');
    }

    /// <summary>What GitHub's image has: who may do what, and where everyone may write.</summary>
    private const string Furnish = """
        set -e
        groupadd docker
        useradd -m -u 1001 -g docker -G sudo,adm,systemd-journal runner
        echo 'runner ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/runner
        chmod 0440 /etc/sudoers.d/runner
        chmod 0777 /opt /usr/share /usr/local/lib /usr/local/sbin
        chown runner /home/runner/work /usr/local/lib
        update-ca-certificates > /dev/null 2>&1
        printf '[Socket]\nListenStream=/run/docker.sock\nSocketMode=0660\nSocketGroup=docker\nAccept=yes\n' > /etc/systemd/system/docker.socket
        printf '[Service]\nExecStart=/bin/cat\nStandardInput=socket\n' > /etc/systemd/system/docker@.service
        mkdir -p /etc/systemd/resolved.conf.d
        printf '[Resolve]\nDNS=198.51.100.10\n' > /etc/systemd/resolved.conf.d/outside.conf
        systemctl daemon-reload
        systemctl start docker.socket
        systemctl enable --quiet systemd-resolved
        systemctl restart systemd-resolved
        ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
        """;

    private async Task<StepResult> RunAsync(string script, (string Name, string Value)[] environment, string[] become)
    {
        // As the runner calls it: bash --noprofile --norc -eo pipefail FILE, with files for what a step hands on.
        foreach (var name in new[] { "env", "summary", "path", "output" })
        {
            await File.WriteAllTextAsync(Path.Combine(WorkFolder, $".{name}"), "");
        }

        await File.WriteAllTextAsync(Path.Combine(WorkFolder, ".script.sh"), script);
        await CommandLine.SucceedAsync("bash", "-c", $"chown 1001 {WorkFolder}/.[a-z]*");
        (string, string)[] all =
        [
            .. _jobEnvironment.Select(e => (e.Key, e.Value)), ("HOME", "/home/runner"), ("USER", "runner"), ("CI", "true"), ("GITHUB_ACTIONS", "true"),
            ("GITHUB_WORKSPACE", Workspace), ("RUNNER_TEMP", $"{Workspace}/.temp"), ("GITHUB_ENV", $"{Workspace}/.env"), ("GITHUB_PATH", $"{Workspace}/.path"),
            ("GITHUB_OUTPUT", $"{Workspace}/.output"), ("GITHUB_STEP_SUMMARY", $"{Workspace}/.summary"), .. environment,
        ];
        var (exit, output, error) = await _machine!.RunAsync(
            ["--workdir", Workspace, .. Variables(all)],
            [.. become, .. AsRunner, "bash", "--noprofile", "--norc", "-eo", "pipefail", $"{Workspace}/.script.sh"]);
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(WorkFolder, ".env")))
        {
            Assert.Contains('=', line);
            _jobEnvironment[line[..line.IndexOf('=', StringComparison.Ordinal)]] = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
        }

        return new StepResult(exit, output + error, await File.ReadAllTextAsync(Path.Combine(WorkFolder, ".summary")));
    }

    private static IEnumerable<string> Variables(IEnumerable<(string Name, string Value)> environment) => environment.SelectMany(e => new[] { "--env", $"{e.Name}={e.Value}" });
}

/// <summary>How a step of a job ended, what it printed and what it wrote for the job's page.</summary>
internal sealed record StepResult(int ExitCode, string Output, string Summary);
