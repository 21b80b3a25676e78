using System.Collections.Immutable;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Baremetal;

/// <summary>
/// The deployment of a host, as part of another target's: sandboxes, machines of snapshots and runners are hosts, too, that
/// something else makes.
/// </summary>
public static class HostDeployment
{
    /// <summary>Groups whose members are root when they like, with spaces between them.</summary>
    public const string PowerfulGroups = "root sudo wheel admin docker lxd incus-admin libvirt disk shadow";

    /// <summary>The files of the target <c>baremetal</c> in a folder. Its findings go to the request's preflight.</summary>
    /// <param name="request">The request of the target that asks.</param>
    /// <param name="folder">The folder, such as <c>host</c>.</param>
    /// <param name="options">Options of <c>baremetal</c>; the others have their defaults.</param>
    /// <exception cref="ArgumentException">Baremetal has no such option or does not take the value: that target should have checked it.</exception>
    public static ImmutableArray<DeploymentFile> Render(DeploymentRequest request, string folder, params IEnumerable<KeyValuePair<string, string>> options)
    {
        var target = new BaremetalTarget();
        var values = OptionValues.Read(options, target, request.Preflight)
            ?? throw new ArgumentException("The target baremetal does not take these options.", nameof(options));
        return [.. target.Render(request with { Options = values }).Select(f => f with { Path = $"{folder}/{f.Path}" })];
    }

    /// <summary>
    /// Shell functions of install.sh, for hosts without systemd: <c>put</c>, <c>make_ca</c> and <c>make_bundle</c>. They use <c>say</c>, <c>$config</c>, <c>$programs</c>, <c>$proxy_user</c> and <c>$root</c>.
    /// </summary>
    /// <param name="caCertificate">Path of the CA's certificate.</param>
    /// <param name="caKey">Path of its key.</param>
    /// <param name="caDays">For how many days it is valid.</param>
    public static string TrustFunctions(string caCertificate, string caKey, int caDays)
    {
        var target = new BaremetalTarget();
        var values = new Dictionary<string, object?> { ["ca_cert"] = caCertificate, ["ca_key"] = caKey, ["ca_days"] = caDays };
        return TextTemplate.Fill(target, "put", values) + "\n" + TextTemplate.Fill(target, "trust", values);
    }
}
