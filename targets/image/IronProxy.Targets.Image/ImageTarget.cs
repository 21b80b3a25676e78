using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Plan;
using IronProxy.Targets.Files;
using IronProxy.Targets.Model;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Image;

/// <summary>The project's own container image. Other targets run what is built from it.</summary>
public sealed class ImageTarget : IDeploymentTarget
{
    /// <inheritdoc/>
    public string Name => "image";

    /// <inheritdoc/>
    public TargetTraits Traits { get; } = new(
        "a Dockerfile for the project's own image, with both programs and a health check",
        TargetPattern.NetworkProxy,
        "to build images with podman or docker",
        "none by itself: what runs the image must leave the workload no other way out");

    /// <inheritdoc/>
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("image", OptionKind.Image, $"localhost/iron-proxy:{ProductVersion.Text}", "Name and tag of what is built."),
        new("base", OptionKind.Image, "docker.io/library/debian:trixie-slim", "What it is built on: Debian or a relative of it."),
        new("user", OptionKind.Number, "10001", "User and group that it runs as; 0 is root.") { Minimum = 0, Maximum = 65533 },
        new("embed_plan", OptionKind.Switch, "true", "Put the plan into the image; false makes an image for any policy."),
    ];

    /// <inheritdoc/>
    public TargetCommands Commands { get; } = new(["./build.sh", "--dry-run"], ["./build.sh"], ["./build.sh", "--remove"]);

    /// <inheritdoc/>
    public ImmutableArray<string> UserFiles { get; } = ["app/"];

    /// <inheritdoc/>
    public bool MayBeInCluster => true;

    /// <inheritdoc/>
    public string StateFolder => ContainerPaths.StateFolder;

    /// <inheritdoc/>
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        ImagePreflight.Check(request);
        var model = request.Model;
        var isEmbedded = request.Options.Switch("embed_plan");
        var metrics = model.Listener(ListenerRole.Metrics);
        var values = new Dictionary<string, object?>
        {
            ["base"] = request.Options["base"],
            ["image"] = request.Options["image"],
            ["version"] = ProductVersion.Text,
            ["user"] = request.Options["user"] == "0" ? "" : request.Options["user"],
            ["plan"] = isEmbedded,
            ["policy"] = request.Plan.PolicyHash,
            ["health"] = metrics?.Port.ToString(CultureInfo.InvariantCulture) ?? "",
            ["ports"] = string.Join(' ', model.Listeners.Where(l => !l.IsLoopbackOnly).SelectMany(Exposed)),
            ["variables"] = model.Variables.Select(v => v.Name).ToArray(),
            ["state_folder"] = StateFolder,
            ["writes_files"] = !model.WrittenFiles.IsEmpty,
            ["mounts"] = Mounts(model, isEmbedded).ToArray(),
        };
        ImmutableArray<DeploymentFile> files =
        [
            DeploymentFile.OfText("Dockerfile", TextTemplate.Fill(this, "Dockerfile", values)),
            DeploymentFile.OfText(".dockerignore", TextTemplate.Fill(this, "dockerignore", values)),
            DeploymentFile.OfScript("build.sh", TextTemplate.Fill(this, "build.sh", values)),
            DeploymentFile.OfScript("iron-proxy-ca", TextTemplate.Fill(this, "iron-proxy-ca", values)),
            DeploymentFile.OfScript("iron-proxy-health", TextTemplate.Fill(this, "iron-proxy-health", values)),
            DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", values)),
        ];
        return isEmbedded ? files.Add(new DeploymentFile("proxy.plan.json", request.PlanJson)) : files;
    }

    private static IEnumerable<string> Exposed(DeploymentListener listener)
    {
        var port = listener.Port.ToString(CultureInfo.InvariantCulture);
        return listener.Role == ListenerRole.Dns ? [$"{port}/udp", $"{port}/tcp"] : [$"{port}/tcp"];
    }

    private static IEnumerable<Dictionary<string, object?>> Mounts(DeploymentModel model, bool isEmbedded)
    {
        IEnumerable<string?> paths = [model.Ca?.Certificate, model.Ca?.Key, .. model.Files.Select(f => f.Name), isEmbedded ? null : "/etc/iron-proxy/proxy.plan.json"];
        return paths.OfType<string>().Select(p => new Dictionary<string, object?> { ["name"] = p[(p.LastIndexOf('/') + 1)..], ["path"] = ContainerPaths.Absolute(p) });
    }
}
