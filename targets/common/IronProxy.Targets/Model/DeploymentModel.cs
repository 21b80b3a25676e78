using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Targets.Model;

/// <summary>What a plan asks of the place that it is deployed to. Every target reads this, and none reads the steps itself.</summary>
public sealed record DeploymentModel
{
    /// <summary>What the proxy listens on, in a fixed order.</summary>
    public required ImmutableArray<DeploymentListener> Listeners { get; init; }

    /// <summary>The address that the DNS server answers with. Null without one.</summary>
    public required string? ProxyIp { get; init; }

    /// <summary>Paths of the CA. Null in sni-only mode.</summary>
    public required CaPaths? Ca { get; init; }

    /// <summary>Environment variables that must hold secrets when the proxy starts, each once, by name.</summary>
    public required ImmutableArray<RequiredSecret> Variables { get; init; }

    /// <summary>Files that must be there when the proxy starts, each once, by path; secrets, mostly. Those of the CA are not among them.</summary>
    public required ImmutableArray<RequiredSecret> Files { get; init; }

    /// <summary>Files that the proxy writes and that must be there again behind a restart, each once, by path.</summary>
    public required ImmutableArray<FileUse> WrittenFiles { get; init; }

    /// <summary>What the proxy must be allowed to do in AWS, least first.</summary>
    public required ImmutableArray<AwsPermission> AwsPermissions { get; init; }

    /// <summary>What the proxy must be allowed to read in the cluster that it is in, each once.</summary>
    public required ImmutableArray<ClusterSecret> ClusterSecrets { get; init; }

    /// <summary>The listener with a name; null when it is off.</summary>
    public DeploymentListener? Listener(ListenerRole role) => Listeners.FirstOrDefault(l => l.Role == role);

    /// <summary>Reads a plan.</summary>
    public static DeploymentModel Of(ProxyPlan plan) => new()
    {
        Listeners = [.. DeploymentListener.Of(plan)],
        ProxyIp = plan.Dns is { Listen: not null } dns ? dns.ProxyIp : null,
        Ca = plan.Tls is { CaCert: { } certificate, CaKey: { } key } ? new CaPaths(certificate, key) : null,
        Variables = Distinct(plan.Variables.Select(v => new RequiredSecret(v.Name, v.At))),
        Files = Distinct(plan.Files.Except(plan.Tls.Files).Select(f => new RequiredSecret(f.Path, f.At) { Key = f.Key })),
        WrittenFiles = [.. plan.WrittenFiles.DistinctBy(f => f.Path, StringComparer.Ordinal).OrderBy(f => f.Path, StringComparer.Ordinal)],
        ClusterSecrets = [.. plan.Sources.Select(s => s.ClusterSecret).OfType<ClusterSecret>().Distinct().OrderBy(s => s.Namespace, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)],
        AwsPermissions = [.. plan.Sources.Select(s => s.Permission).OfType<AwsPermission>().Distinct().OrderBy(p => p.Action, StringComparer.Ordinal).ThenBy(p => p.Resource, StringComparer.Ordinal)],
    };

    private static ImmutableArray<RequiredSecret> Distinct(IEnumerable<RequiredSecret> secrets) =>
        [.. secrets.GroupBy(s => s.Name, StringComparer.Ordinal).Select(g => g.First()).OrderBy(s => s.Name, StringComparer.Ordinal)];
}

/// <summary>Where the CA is, as the plan says.</summary>
/// <param name="Certificate">Path of the certificate.</param>
/// <param name="Key">Path of the private key.</param>
public sealed record CaPaths(string Certificate, string Key);

/// <summary>A secret that must be there before the proxy starts.</summary>
/// <param name="Name">The variable's name or the file's path. Never a value.</param>
/// <param name="At">Where proxy.yaml asks for it first; 0:0 where <see cref="Key"/> does.</param>
public sealed record RequiredSecret(string Name, SourcePosition At)
{
    /// <summary>The key that asks for it, when a section does.</summary>
    public string? Key { get; init; }
}
