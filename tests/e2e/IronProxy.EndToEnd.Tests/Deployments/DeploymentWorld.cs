using System.Net;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// A host with Docker, which world.sh runs in a network namespace, and the world beyond it. The image is built for real. A test calls
/// <see cref="Require"/> first, which skips it where this cannot be.
/// </summary>
public sealed class DeploymentWorld : IAsyncLifetime
{
    private static readonly (string Tool, string Package)[] Tools =
    [
        ("podman", "podman"), ("buildah", "buildah"), ("runc", "runc"), ("mmdebstrap", "mmdebstrap"), ("dockerd", "docker.io"), ("docker-compose", "docker-compose"),
        ("ip", "iproute2"), ("nft", "nftables"), ("iptables", "iptables"), ("python3", "python3"), ("openssl", "openssl"),
    ];

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("iron-world-").FullName;
    private ProxyFolder? _certificates;
    private NetworkNamespace? _host;
    private OutsideWorld? _outside;
    private readonly string? _missing = Missing();

    private static string Scripts => Repository.Path("tests", "e2e", "IronProxy.EndToEnd.Tests", "Deployments");

    /// <summary>The base image, kept from one run to the next.</summary>
    private static string Cache => Repository.Path("artifacts", "test-images", "trixie.tar");

    private Dictionary<string, string> Environment => new()
    {
        ["BASE_CACHE"] = Cache,
        ["DOCKER_HOST"] = DockerHost,
        ["CONTAINERS_CONF"] = ContainersConf,
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin",
        ["COMPOSE_IGNORE_ORPHANS"] = "true",
    };

    /// <summary>Runs a command on the host of this world, in its network namespace.</summary>
    public string OnHost => $"nsenter --net=/run/netns/{_host!.Name}"; // Made before any test that is not skipped.

    /// <summary>Where its Docker is asked.</summary>
    public string DockerHost => $"unix://{_folder}/docker.sock";

    /// <summary>The podman that built the image.</summary>
    public string Podman => $"{_folder}/podman";

    /// <summary>Its settings.</summary>
    public string ContainersConf => $"{_folder}/containers.conf";

    /// <summary>The CA of the servers outside, which the proxy has to trust.</summary>
    public string OutsideCertificate => _certificates!.UpstreamCaFile;

    /// <summary>A folder with a <c>docker</c> that has the command <c>compose</c>. Debian's has not; its docker-compose takes the same arguments.</summary>
    public string DockerWithCompose => $"{_folder}/with-compose";

    /// <summary>Both programs with all they need, to be mounted into containers.</summary>
    public string Programs => $"{_folder}/build/app";

    internal OutsideWorld Outside => _outside!;

    /// <summary>A certificate that whoever trusts <see cref="OutsideCertificate"/> trusts, for another world outside.</summary>
    internal System.Security.Cryptography.X509Certificates.X509Certificate2 UpstreamCertificate(params string[] names) => _certificates!.UpstreamCertificate(names);

    internal NetworkNamespace Host => _host!;

    /// <summary>Whether it can be here.</summary>
    public bool IsThere => _missing is null;

    public void Require() => Skip.If(_missing is not null, _missing ?? "");

    public async Task InitializeAsync()
    {
        if (_missing is not null)
        {
            return;
        }

        _certificates = ProxyFolder.Create();
        _outside = await OutsideWorld.StartAsync(_certificates.UpstreamCertificate(["httpbin.org"]));
        _host = await NetworkNamespace.CreateAsync("docker");
        await _outside.ConnectAsync(_host);

        // A service of the host, which is none of the workload's business.
        _outside.ServeAlso(_host, new IPEndPoint(IPAddress.Any, 22));
        var docker = Path.Combine(Directory.CreateDirectory(DockerWithCompose).FullName, "docker");
        await File.WriteAllTextAsync(docker, """
            #!/bin/sh
            [ "$1" = compose ] || { echo "only 'docker compose' is there" >&2; exit 1; }
            shift
            exec docker-compose "$@"
            """);
        File.SetUnixFileMode(docker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (await DeploymentShell.RunAsync($"bash {Scripts}/world.sh up {_folder} {_host.Name}", Scripts, Environment, StartLimit)).OutputOfSuccess();
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
        {
            (await DeploymentShell.RunAsync($"bash {Scripts}/world.sh down {_folder} {_host.Name}", Scripts, Environment, CommandLimit)).OutputOfSuccess();
            await _host.DisposeAsync();
        }

        if (_outside is not null)
        {
            await _outside.DisposeAsync();
        }

        _certificates?.Dispose();
    }

    /// <summary>A new folder for a deployment.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>Runs lines of bash, with DOCKER_HOST set to this world's.</summary>
    internal Task<ShellResult> RunAsync(string script, string? folder = null, string input = "") =>
        DeploymentShell.RunAsync(script, folder ?? _folder, Environment, CommandLimit, input);

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
