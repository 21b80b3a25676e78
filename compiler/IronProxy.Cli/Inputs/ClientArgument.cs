using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Inputs;

/// <summary>The name of a client on the command line.</summary>
internal static class ClientArgument
{
    /// <summary>Makes sure that a policy has a client.</summary>
    /// <exception cref="CliException">It has not.</exception>
    public static void Require(ProxyPlan plan, string name, string path)
    {
        if (FindProblem(plan, name) is { } problem)
        {
            throw new CliException($"{path}: {problem}");
        }
    }

    /// <summary>Why a policy knows nothing of a client. Null when it does.</summary>
    public static string? FindProblem(ProxyPlan plan, string name)
    {
        string[] known = [.. (plan.Clients ?? []).Select(c => c.Name)];
        return known.Contains(name, StringComparer.Ordinal) ? null
            : known.Length == 0 ? "the policy has no clients (proxy.clients)"
            : $"the policy has no client '{name}'; {(Suggestions.Nearest(name, known) is { } nearest ? $"did you mean {nearest}?" : $"it has {string.Join(", ", known)}")}";
    }
}
