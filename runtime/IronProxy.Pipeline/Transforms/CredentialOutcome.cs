using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What a step that mints tokens or signs did to a request, or that it had nothing to do with it. Made for those who ask alone.</summary>
/// <param name="Step">The step.</param>
public sealed record CredentialOutcome(StepPlan Step)
{
    /// <summary>The grant of a token, else the name of the step.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it is written; null for all of the step.</summary>
    public SourcePosition? At { get; init; }

    /// <summary>The rule set that says where it acts.</summary>
    public required int? Rules { get; init; }

    /// <summary>The rule that puts the request into its scope.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>Names of what the token or signature is made of.</summary>
    public ImmutableArray<string> Uses { get; init; } = [];

    /// <summary>URL that a token is asked for at.</summary>
    public string? TokenEndpoint { get; init; }

    /// <summary>Whether the request is refused without the stub token.</summary>
    public bool RequiresStub { get; init; }

    /// <summary>Whether the request goes on as it was sent while no token can be minted.</summary>
    public bool GoesWithout { get; init; }

    /// <summary>What was set: the place, and the value with names where the values are. Empty when an earlier step has set the same place.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Sets { get; init; } = [];

    /// <summary>Headers of the workload that were taken away before.</summary>
    public ImmutableArray<string> Removes { get; init; } = [];

    /// <summary>aws_auth: the region of the request's signature; null when there is none.</summary>
    public string? Region { get; init; }

    /// <summary>aws_auth: the service of the request's signature; null when there is none.</summary>
    public string? Service { get; init; }

    /// <summary>What was signed, with names where the values are; null when nothing was.</summary>
    public string? Signs { get; init; }

    /// <summary>Whether the response will be searched.</summary>
    public bool ScrubsResponse { get; init; }

    /// <summary>Whether a response that cannot be searched is refused.</summary>
    public bool ScrubsStrictly { get; init; }

    /// <summary>Why the request is refused; null when it is not.</summary>
    public Reason? Refusal { get; init; }
}
