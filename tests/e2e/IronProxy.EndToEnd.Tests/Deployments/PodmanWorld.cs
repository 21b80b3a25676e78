namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>podman with a store of its own. Tests bring the networks of their containers along.</summary>
public sealed class PodmanWorld : ContainerWorld
{
    /// <summary>The command.</summary>
    public string Podman => $"{Folder}/podman";

    /// <summary>Its settings.</summary>
    public string ContainersConf => $"{Folder}/containers.conf";

    /// <inheritdoc/>
    protected override Dictionary<string, string> Environment => new(base.Environment) { ["CONTAINERS_CONF"] = ContainersConf };

    /// <inheritdoc/>
    protected override Task StartAsync() => StartEngineAsync("podman");
}

/// <summary>Tests that share a <see cref="PodmanWorld"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PodmanCollection : ICollectionFixture<PodmanWorld>
{
    public const string Name = "podman";
}
