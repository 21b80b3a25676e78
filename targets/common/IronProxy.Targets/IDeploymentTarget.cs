using System.Collections.Immutable;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;

namespace IronProxy.Targets;

/// <summary>
/// A place that a policy can be deployed to. A target turns the model of one deployment into files that a person can read,
/// commit and run; it touches nothing else.
/// </summary>
public interface IDeploymentTarget
{
    /// <summary>What <c>--target</c> takes, such as <c>compose</c>.</summary>
    string Name { get; }

    /// <summary>What it is, for people who choose.</summary>
    TargetTraits Traits { get; }

    /// <summary>What <c>--set</c> takes, in the order in which it is listed.</summary>
    ImmutableArray<TargetOption> Options { get; }

    /// <summary>How its own tool previews, applies and removes what was generated.</summary>
    TargetCommands Commands { get; }

    /// <summary>The same for a folder that was generated with certain options, where they decide which tool it is for.</summary>
    TargetCommands CommandsFor(IReadOnlyDictionary<string, string> options) => Commands;

    /// <summary>
    /// Files and folders (with a slash at the end) that users and their tools put into the deployment's folder, such as <c>.env</c>: they
    /// are never written, and they are no reason not to write. A <c>*</c> in the name of a file stands for anything but a slash.
    /// </summary>
    ImmutableArray<string> UserFiles { get; }

    /// <summary>The folder, without a slash at its end, in which what iron-proxy writes is there again behind a restart. Null where there is none.</summary>
    string? StateFolder => null;

    /// <summary>Whether the proxy may run in a cluster of Kubernetes, whose API it can ask for secrets.</summary>
    bool MayBeInCluster => false;

    /// <summary>
    /// Makes the files. Findings go to the request's preflight; when there is an error among them, what is returned is not
    /// written. The same request gives the same files.
    /// </summary>
    ImmutableArray<DeploymentFile> Render(DeploymentRequest request);
}
