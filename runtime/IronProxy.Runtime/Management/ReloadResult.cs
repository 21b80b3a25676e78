using System.Collections.Immutable;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Runtime.Management;

/// <summary>What became of a reload.</summary>
/// <param name="Before">The plan that ran before.</param>
/// <param name="After">The plan that runs now: the same one when the reload was refused.</param>
public sealed record ReloadResult(PlanHashes Before, PlanHashes After)
{
    /// <summary>The policy does not compile.</summary>
    public const string DoesNotCompile = "does_not_compile";

    /// <summary>What differs holds until the process ends.</summary>
    public const string RestartRequired = "restart_required";

    /// <summary>The policy cannot be read or made.</summary>
    public const string PolicyRefused = "policy_refused";

    /// <summary>A fault of the proxy.</summary>
    public const string InternalError = "internal_error";

    /// <summary>Why the policy was refused, as a word for programs; null when it runs.</summary>
    public string? Error { get; init; }

    /// <summary>The same as a sentence for people.</summary>
    public string? Message { get; init; }

    /// <summary>The settings that take a restart, as proxy.yaml names them.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>What the compiler found, as it prints it for programs; null when it was not asked or found nothing wrong.</summary>
    public JsonElement? Diagnostics { get; init; }
}

/// <summary>What tells plans apart.</summary>
/// <param name="PlanHash">The hash of what is decided, as audit records have it.</param>
/// <param name="FileHash">The hash of the plan's bytes.</param>
public readonly record struct PlanHashes(string PlanHash, string FileHash)
{
    /// <summary>The identity of a plan.</summary>
    public static PlanHashes Of(ProxyPlan plan) => new(plan.PolicyHash, plan.FileHash);
}
