using IronProxy.Plan;

namespace IronProxy.Targets.GithubActions;

/// <summary>Looks for what would not work, or would not hold, on a runner.</summary>
internal static class GithubActionsPreflight
{
    /// <summary>What a runner or a shell sets itself, or will not take.</summary>
    private static readonly HashSet<string> Taken = new(StringComparer.Ordinal) { "CI", "HOME", "PATH", "SHELL", "USER", "IFS", "BASH_ENV", "LD_PRELOAD", "NODE_OPTIONS" };

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
            if (WhyTaken(variable.Name) is { } why)
            {
                preflight.VariableIsTaken(variable, why);
            }
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

    private static string? WhyTaken(string name) =>
        !(char.IsAsciiLetter(name[0]) || name[0] == '_') || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? "a shell takes letters, digits and '_' alone"
        : Taken.Contains(name) || (name.StartsWith("GITHUB_", StringComparison.Ordinal) && name != "GITHUB_TOKEN") || name.StartsWith("RUNNER_", StringComparison.Ordinal) || name.StartsWith("ACTIONS_", StringComparison.Ordinal) || name.StartsWith("IRON_", StringComparison.Ordinal) ? "it means something else on a runner"
        : null;
}
