using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>What one entry of <c>secrets</c> did to a request in its scope.</summary>
/// <param name="Secret">The entry.</param>
/// <param name="Rule">The rule that puts the request into its scope; null for an entry without rules.</param>
/// <param name="Locations">Where its value went, or would have gone had it not been refused.</param>
/// <param name="Refusal">Why the request is refused; null when it is not.</param>
/// <param name="BodyMatches">How often the placeholder is in the body; null when the body was not searched.</param>
public sealed record SecretOutcome(SecretPlan Secret, SourcePosition? Rule, IReadOnlyList<string> Locations, Reason? Refusal = null, int? BodyMatches = null)
{
    /// <summary>The place in proxy.yaml that decided: what is missing is asked for by a rule, and what is refused is refused to the entry.</summary>
    public SourcePosition At => Refusal == Reason.SecretRequired ? Rule ?? Secret.At : Secret.At;
}
