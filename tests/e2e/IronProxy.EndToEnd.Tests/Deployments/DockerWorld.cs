using System.Net;
using IronProxy.EndToEnd.Tests.Deployments.Ecs;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>A host with Docker in a network namespace, and the world beyond it. One serves all tests: it is what takes the time.</summary>
public sealed class DockerWorld : ContainerWorld
{
    private NetworkNamespace? _host;
    private OutsideWorld? _outside;

    /// <summary>Runs a command on the host of this world, in its network namespace.</summary>
    public string OnHost => $"nsenter --net=/run/netns/{_host!.Name}"; // Made before any test that is not skipped.

    /// <summary>Where its Docker is asked.</summary>
    public string DockerHost => $"unix://{Folder}/docker.sock";

    /// <summary>A folder with a <c>docker</c> that has the command <c>compose</c>. Debian's has not; its docker-compose takes the same arguments.</summary>
    public string DockerWithCompose => $"{Folder}/with-compose";

    internal OutsideWorld Outside => _outside!;

    internal NetworkNamespace Host => _host!;

    /// <inheritdoc/>
    protected override Dictionary<string, string> Environment => new(base.Environment) { ["DOCKER_HOST"] = DockerHost, ["COMPOSE_IGNORE_ORPHANS"] = "true" };

    /// <inheritdoc/>
    protected override async Task StartAsync()
    {
        _outside = await OutsideWorld.StartAsync(UpstreamCertificate("httpbin.org"));
        _host = await NetworkNamespace.CreateAsync("docker");
        await _outside.ConnectAsync(_host);

        // Services of the host, which are none of the workload's business: one, and the agent of Amazon ECS.
        _outside.ServeAlso(_host, new IPEndPoint(IPAddress.Any, 22));
        _outside.ServeAlso(_host, new IPEndPoint(IPAddress.Any, EcsInit.IntrospectionPort));
        _outside.ServeAlso(_host, new IPEndPoint(IPAddress.IPv6Any, EcsInit.IntrospectionPort));
        var docker = Path.Combine(Directory.CreateDirectory(DockerWithCompose).FullName, "docker");
        await File.WriteAllTextAsync(docker, """
            #!/bin/sh
            [ "$1" = compose ] || { echo "only 'docker compose' is there" >&2; exit 1; }
            shift
            exec docker-compose "$@"
            """);
        File.SetUnixFileMode(docker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await StartEngineAsync("docker", _host.Name);
    }

    /// <inheritdoc/>
    protected override async Task RemoveAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_outside is not null)
        {
            await _outside.DisposeAsync();
        }
    }
}

/// <summary>Tests that share a <see cref="DockerWorld"/>.</summary>
[CollectionDefinition(Name)]
public sealed class DockerCollection : ICollectionFixture<DockerWorld>
{
    public const string Name = "docker";
}
