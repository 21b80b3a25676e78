using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Explaining;

/// <summary>Follows one secret: is the request in its scope, where would the value go, and may it.</summary>
internal sealed class SecretExplainer(RequestScope scope, TravellingRequest travelling)
{
    public SecretExplanation Explain(SecretPlan secret, out Reason? denial)
    {
        denial = null;
        var inScope = scope.Holds(secret.Rules, out var rule, out var nearest);
        var explanation = new SecretExplanation
        {
            Name = secret.Name,
            At = secret.At,
            Mode = secret.Inject is not null ? "inject" : "replace",
            InScope = inScope,
            Rule = rule?.At,
            Nearest = nearest,
        };
        if (!inScope)
        {
            return explanation;
        }

        explanation = secret.Replace is { } replace
            ? Replaced(explanation, replace, out denial)
            : explanation with { Locations = travelling.Inject(secret.Inject!) is { } location ? [location] : [], Value = TemplateDescription.Of(secret) };

        // Injected values travel always, even where an earlier entry set the same header; placeholders only when found.
        if ((secret.Inject is not null || !explanation.Locations.IsEmpty) && !PlanPolicy.MayTravel(secret, scope.Request) && denial is null)
        {
            denial = Reason.SecretOverPlaintext;
        }

        return explanation with { Reason = denial?.Code };
    }

    private SecretExplanation Replaced(SecretExplanation explanation, ReplacePlan replace, out Reason? denial)
    {
        denial = null;
        var placeholder = new Placeholder(replace);
        byte[]? body = null;
        if (replace.Body && travelling.HasBody)
        {
            denial = travelling.TryReadBody(out body);
        }

        if (denial is not null)
        {
            return explanation with { ScansBody = true, Required = replace.Require ? true : null };
        }

        // Before it is swapped, as nothing is left of it then.
        int? bodyMatches = replace.Body && travelling.KnowsBody ? placeholder.CountInBody(body, travelling.BodyFormat) : null;
        explanation = explanation with
        {
            Locations = [.. travelling.Swap(placeholder, body)],
            ScansBody = replace.Body ? true : null,
            BodyMatches = bodyMatches,
            Required = replace.Require ? true : null,
        };
        denial = replace.Require && explanation.Locations.IsEmpty ? Reason.SecretRequired : null;
        return explanation;
    }
}
