namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// A host with Docker and, beyond it, a server, in network namespaces: world.sh. The image is built for real. A test calls
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
    private readonly string _name = "iron" + Guid.NewGuid().ToString("N")[..6];
    private readonly string? _missing = Missing();

    private static string Scripts => Repository.Path("tests", "e2e", "IronProxy.EndToEnd.Tests", "Deployments");

    /// <summary>The base image, kept from one run to the next.</summary>
    private static string Cache => Repository.Path("artifacts", "test-images", "trixie.tar");

    private Dictionary<string, string> Environment => new()
    {
        ["BASE_CACHE"] = Cache,
        ["DOCKER_HOST"] = $"unix://{_folder}/docker.sock",
        ["CONTAINERS_CONF"] = $"{_folder}/containers.conf",
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin",
        ["COMPOSE_IGNORE_ORPHANS"] = "true",
    };

    /// <summary>Runs a command on the host of this world, in its network namespace.</summary>
    public string OnHost => $"nsenter --net=/run/netns/{_name}-host";

    /// <summary>The podman that built the image.</summary>
    public string Podman => $"{_folder}/podman";

    /// <summary>Where the server outside has its certificate.</summary>
    public string OutsideCertificate => $"{_folder}/outside.crt";

    public void Require() => Skip.If(_missing is not null, _missing ?? "");

    public async Task InitializeAsync()
    {
        if (_missing is null)
        {
            var up = await DeploymentShell.RunAsync($"bash {Scripts}/world.sh up {_folder} {_name}", Scripts, Environment, StartLimit);
            up.OutputOfSuccess();
        }
    }

    public async Task DisposeAsync() =>
        (await DeploymentShell.RunAsync($"bash {Scripts}/world.sh down {_folder} {_name}", Scripts, Environment, CommandLimit)).OutputOfSuccess();

    /// <summary>A new folder for a deployment.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>Runs lines of bash, with DOCKER_HOST set to this world's.</summary>
    internal Task<ShellResult> RunAsync(string script, string? folder = null, string input = "") =>
        DeploymentShell.RunAsync(script, folder ?? _folder, Environment, CommandLimit, input);

    private static string? Missing()
    {
        if (!string.Equals(System.Environment.UserName, "root", StringComparison.Ordinal))
        {
            return "network namespaces and images need root";
        }

        var folders = (System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':');
        foreach (var (tool, package) in Tools.Where(t => !folders.Any(f => File.Exists(Path.Combine(f, t.Tool)))))
        {
            return $"{tool} is not installed (Debian: {package})";
        }

        return null;
    }
}
