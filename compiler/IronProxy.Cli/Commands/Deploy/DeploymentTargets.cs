using System.Collections.Immutable;
using IronProxy.Diagnostics;
using IronProxy.Targets;
using IronProxy.Targets.Baremetal;
using IronProxy.Targets.Compose;
using IronProxy.Targets.Daytona;
using IronProxy.Targets.Ecs;
using IronProxy.Targets.Freestyle;
using IronProxy.Targets.GithubActions;
using IronProxy.Targets.Image;
using IronProxy.Targets.K8s;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary>The targets that this build knows, in the order of <c>ironc targets</c>.</summary>
internal static class DeploymentTargets
{
    public static ImmutableArray<IDeploymentTarget> All { get; } = [new ImageTarget(), new ComposeTarget(), new BaremetalTarget(), new K8sTarget(), new EcsTarget(), new DaytonaTarget(), new FreestyleTarget(), new GithubActionsTarget()];

    /// <summary>The target with a name.</summary>
    /// <exception cref="CliException">There is none; the message names the nearest.</exception>
    public static IDeploymentTarget Get(string name)
    {
        if (All.FirstOrDefault(t => t.Name == name) is { } target)
        {
            return target;
        }

        var names = All.Select(t => t.Name).ToArray();
        throw new CliException(Suggestions.Nearest(name, names) is { } near
            ? $"there is no target '{name}': did you mean {near}?"
            : $"there is no target '{name}': the targets are {string.Join(", ", names)}");
    }
}
