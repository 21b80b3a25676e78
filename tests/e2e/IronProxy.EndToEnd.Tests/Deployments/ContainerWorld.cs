using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// An engine that runs containers, with the project's image, which is built for real: once in a run, for all engines. A test calls
/// <see cref="Require"/> first, which skips it where this cannot be.
/// </summary>
public abstract class ContainerWorld : IAsyncLifetime
{
    private static readonly (string Tool, string Package)[] Tools =
    [
        ("podman", "podman"), ("buildah", "buildah"), ("runc", "runc"), ("mmdebstrap", "mmdebstrap"), ("dockerd", "docker.io"), ("docker-compose", "docker-compose"),
        ("ip", "iproute2"), ("nft", "nftables"), ("iptables", "iptables"), ("python3", "python3"), ("openssl", "openssl"),
    ];

    private static readonly Lock Building = new();
    private static Task? _built;

    private readonly string _folder = Directory.CreateTempSubdirectory("iron-world-").FullName;
    private readonly string? _missing = Missing();
    private ProxyFolder? _certificates;

    /// <summary>The CA of the servers outside, which the proxy has to trust.</summary>
    public string OutsideCertificate => _certificates!.UpstreamCaFile; // Made before any test that is not skipped.

    /// <summary>Both programs with all they need, to be mounted into containers.</summary>
    public static string Programs => Path.Combine(Images, "build", "app");

    /// <summary>Whether it can be here.</summary>
    public bool IsThere => _missing is null;

    /// <summary>Where everything of it is.</summary>
    protected string Folder => _folder;

    /// <summary>What the engine's commands need to know.</summary>
    protected virtual Dictionary<string, string> Environment => new() { ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin" };

    /// <summary>What is built: the programs, and an archive of the image.</summary>
    private static string Images => Repository.Path("artifacts", "test-images");

    private static string Scripts => Repository.Path("tests", "e2e", "IronProxy.EndToEnd.Tests", "Deployments");

    public void Require() => Skip.If(_missing is not null, _missing ?? "");

    public async Task InitializeAsync()
    {
        if (_missing is not null)
        {
            return;
        }

        _certificates = ProxyFolder.Create();
        lock (Building)
        {
            _built ??= BuildAsync();
        }

        await _built;
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_missing is null)
        {
            await WorldAsync("down", _folder);
            await RemoveAsync();
        }

        _certificates?.Dispose();
    }

    /// <summary>A new folder for a deployment.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>Runs lines of bash, with the engine's environment.</summary>
    internal Task<ShellResult> RunAsync(string script, string? folder = null, string input = "") =>
        DeploymentShell.RunAsync(script, folder ?? _folder, Environment, input);

    /// <summary>A certificate that whoever trusts <see cref="OutsideCertificate"/> trusts.</summary>
    internal System.Security.Cryptography.X509Certificates.X509Certificate2 UpstreamCertificate(params string[] names) => _certificates!.UpstreamCertificate(names);

    /// <summary>Starts the engine.</summary>
    protected abstract Task StartAsync();

    /// <summary>Removes what <see cref="StartAsync"/> made beside the engine, which has ended.</summary>
    protected virtual Task RemoveAsync() => Task.CompletedTask;

    /// <summary>Starts an engine as world.sh knows it, with the images.</summary>
    protected async Task StartEngineAsync(string engine, params string[] arguments) => await WorldAsync(engine, [_folder, Images, await BaseSystems.BaseAsync(), .. arguments]);

    private async Task BuildAsync() => await WorldAsync("build", Images, await BaseSystems.BaseAsync());

    private async Task WorldAsync(string command, params string[] arguments) =>
        (await DeploymentShell.RunAsync($"bash {Scripts}/world.sh {command} {string.Join(' ', arguments)}", Scripts, Environment)).OutputOfSuccess();

    private static string? Missing()
    {
        if (NamespaceTools.WhyNot is { } reason)
        {
            return reason;
        }

        var folders = (System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':');
        foreach (var (tool, package) in Tools.Where(t => !folders.Any(f => File.Exists(Path.Combine(f, t.Tool)))))
        {
            return $"{tool} is not installed (Debian: {package})";
        }

        return null;
    }
}
