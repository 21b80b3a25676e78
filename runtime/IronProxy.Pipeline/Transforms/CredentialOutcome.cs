using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What a step that mints tokens or signs did to a request, or that it had nothing to do with it. Made for those who ask alone.</summary>
/// <param name="Step">The step.</param>
public sealed record CredentialOutcome(StepPlan Step)
{
    /// <summary>The grant of a token, else the name of the step.</summary>
    public required string Kind { get; init; }

    /// <summary>The rule set that says where it acts.</summary>
    public required int? Rules { get; init; }

    /// <summary>The rule that puts the request into its scope.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>Names of what the token or signature is made of.</summary>
    public ImmutableArray<string> Uses { get; init; } = [];

    /// <summary>What was set: the place, and the value with names where the values are. Empty when an earlier step has set the same place.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Sets { get; init; } = [];

    /// <summary>What was signed, with names where the values are; null when nothing was.</summary>
    public string? Signs { get; init; }

    /// <summary>Why the request is refused; null when it is not.</summary>
    public Reason? Refusal { get; init; }
}
