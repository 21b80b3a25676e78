using System.Collections.Immutable;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Follows one secret: is the request in its scope, where would the value go, and may it.</summary>
internal sealed class SecretExplainer(PlanPolicy policy)
{
    public SecretExplanation Explain(
        SecretPlan secret,
        in HostMatch host,
        CanonicalRequest request,
        IReadOnlyList<AskedHeader> headers,
        out Reason? denial)
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
            ? Replaced(explanation, replace, request, headers, out denial)
            : explanation with { Locations = [Target(secret.Inject!)] };
        if (explanation.Locations.Length > 0 && !PlanPolicy.MayTravel(secret, request))
        {
            denial = Reason.SecretOverPlaintext;
        }

        return explanation with { Reason = denial?.Code };
    }

    private static string Target(InjectPlan inject) => inject.Header is { } header ? $"header:{header}" : $"query:{inject.QueryParam}";

    private static SecretExplanation Replaced(
        SecretExplanation explanation,
        ReplacePlan replace,
        CanonicalRequest request,
        IReadOnlyList<AskedHeader> headers,
        out Reason? denial)
    {
        var locations = Locations(new Placeholder(replace), request, headers);
        denial = replace.Require && locations.IsEmpty ? Reason.SecretRequired : null;
        return explanation with
        {
            Locations = locations,
            ScansBody = replace.Body ? true : null,
            Required = replace.Require ? true : null,
        };
    }

    private static ImmutableArray<string> Locations(Placeholder placeholder, CanonicalRequest request, IReadOnlyList<AskedHeader> headers)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        foreach (var header in headers)
        {
            if (placeholder.InHeader(header.Name, header.Value))
            {
                found.Add($"header:{header.Name}");
            }
        }

        if (placeholder.InPath(request.Target.Path))
        {
            found.Add("path");
        }

        if (placeholder.InQuery(request.Target.Query))
        {
            found.Add("query");
        }

        return found.ToImmutable();
    }
}
