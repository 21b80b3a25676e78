using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Explaining;

/// <summary>Follows one secret: is the request in its scope, where would the value go, and may it.</summary>
internal sealed class SecretExplainer(PlanPolicy policy)
{
    public SecretExplanation Explain(SecretPlan secret, in HostMatch host, CanonicalRequest request, TravellingRequest travelling, out Reason? denial)
    {
        denial = null;
        var inScope = policy.InScope(secret, host, request, out var rule);
        var explanation = new SecretExplanation
        {
            Name = secret.Name,
            At = secret.At,
            Mode = secret.Inject is not null ? "inject" : "replace",
            InScope = inScope,
            Rule = rule?.At,
        };
        if (!inScope)
        {
            return explanation;
        }

        explanation = secret.Replace is { } replace
            ? Replaced(explanation, replace, travelling, out denial)
            : explanation with { Locations = travelling.Inject(secret.Inject!) is { } location ? [location] : [] };

        // Injected values travel always, even where an earlier entry set the same header; placeholders only when found.
        if ((secret.Inject is not null || !explanation.Locations.IsEmpty) && !PlanPolicy.MayTravel(secret, request))
        {
            denial = Reason.SecretOverPlaintext;
        }

        return explanation with { Reason = denial?.Code };
    }

    private static SecretExplanation Replaced(SecretExplanation explanation, ReplacePlan replace, TravellingRequest travelling, out Reason? denial)
    {
        explanation = explanation with
        {
            Locations = [.. travelling.Swap(new Placeholder(replace))],
            ScansBody = replace.Body ? true : null,
            Required = replace.Require ? true : null,
        };
        denial = replace.Require && explanation.Locations.IsEmpty ? Reason.SecretRequired : null;
        return explanation;
    }
}
