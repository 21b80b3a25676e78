using IronProxy.Plan;

namespace IronProxy.Targets.GithubActions;

/// <summary>Looks for what would not work, or would not hold, on a runner.</summary>
internal static class GithubActionsPreflight
{
    private static readonly string[] Prefixes = ["GITHUB_", "RUNNER_", "ACTIONS_"];

    /// <summary>What a runner or a shell sets itself, and the inputs of the action, as action.yml passes them on.</summary>
    private static readonly HashSet<string> Taken = new(StringComparer.Ordinal)
    {
        "CI", "HOME", "PATH", "SHELL", "USER", "IFS", "BASH_ENV", "LD_PRELOAD", "NODE_OPTIONS",
        "IRON_DISABLE_DOCKER", "IRON_DISABLE_SUDO", "IRON_EGRESS_RULES", "IRON_IMAGE", "IRON_PROGRAMS", "IRON_UPSTREAM_RESOLVER", "IRON_VERSION", "IRON_WARN",
    };

    public static void Check(DeploymentRequest request)
    {
        var preflight = request.Preflight;
        if (request.PolicyText is null)
        {
            preflight.PolicyTextMissing();
        }

        if (request.Plan.Steps.Count(s => s is AllowlistStepPlan) is var count and not 1)
        {
            preflight.AllowlistsNotOne(count);
        }

        foreach (var file in request.Model.Files)
        {
            preflight.SecretInFile(file);
        }

        if (!request.Model.AwsPermissions.IsEmpty)
        {
            preflight.AwsWithoutIdentity();
        }

        foreach (var variable in request.Model.Variables)
        {
            if (IsTaken(variable.Name))
            {
                preflight.VariableIsTaken(variable);
            }
        }

        if (request.Plan.Log.Format == LogPlan.TextFormat)
        {
            preflight.LogIsText();
        }

        CheckOptions(request);
    }

    private static void CheckOptions(DeploymentRequest request)
    {
        var (preflight, options) = (request.Preflight, request.Options);
        var image = options["image"];
        if (image.IndexOfAny([':', '@'], image.LastIndexOf('/') + 1) >= 0)
        {
            preflight.ImageHasTag(image);
        }
        else if (image.StartsWith("localhost/", StringComparison.Ordinal))
        {
            preflight.ImageIsLocal(image);
        }

        if (!options.Switch("disable_sudo"))
        {
            preflight.SudoStays();
        }

        if (!options.Switch("disable_docker"))
        {
            preflight.DockerStays();
        }
    }

    private static bool IsTaken(string name) =>
        Taken.Contains(name) || (name != "GITHUB_TOKEN" && Prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal)));
}
