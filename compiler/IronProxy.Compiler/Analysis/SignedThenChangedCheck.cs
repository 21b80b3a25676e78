using System.Collections.Immutable;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis;

/// <summary>
/// Holds steps that sign or judge requests against those behind them that change what was signed, so that the other side would refuse every such request, or what was judged, so that
/// something else would be sent. Places that may be meant by both count.
/// </summary>
/// <param name="context">The file and the plan.</param>
/// <param name="bag">Where errors go.</param>
internal sealed class SignedThenChangedCheck(AnalysisContext context, DiagnosticBag bag)
{
    private const string Body = "body";
    private const string Path = "path";
    private const string Query = "query";

    public void Check()
    {
        var steps = context.Plan.Steps;
        for (var i = 0; i < steps.Length; i++)
        {
            if (Signed(steps[i]) is not { } signed)
            {
                continue;
            }

            foreach (var secret in context.Credentials.Where(c => c.Secret is not null && steps.IndexOf(c.Step) > i))
            {
                if (signed.Places.Intersect(Changed(secret.Secret!)).FirstOrDefault() is { } place && context.MayMeet(secret.Rules, signed.Rules))
                {
                    if (steps[i].JudgesBody)
                    {
                        bag.ChangedBehindJudgement(context.Place(secret.At), place, steps[i].Type, steps[i].At.Line);
                    }
                    else
                    {
                        bag.ChangedBehindSignature(context.Place(secret.At), place, steps[i].Type, steps[i].At.Line);
                    }
                }
            }

            // It may change nothing at all: that is known to its server alone.
            foreach (var grpc in steps.Skip(i + 1).OfType<GrpcStepPlan>().Where(g => context.MayMeet(g.Rules, signed.Rules)))
            {
                if (steps[i].JudgesBody)
                {
                    bag.MayChangeBehindJudgement(context.Place(grpc.At), steps[i].Type, steps[i].At.Line);
                }
                else
                {
                    bag.MayChangeBehindSignature(context.Place(grpc.At), steps[i].Type, steps[i].At.Line);
                }
            }
        }
    }

    private static (ImmutableArray<string> Places, int? Rules)? Signed(StepPlan step) => step switch
    {
        AwsAuthStepPlan aws => (aws.UnsignedPayload ? [Path, Query] : [Body, Path, Query], aws.Rules),
        HmacSignStepPlan hmac => ([.. hmac.Message.SelectMany(Fields).SelectMany(PlacesOf).Distinct()], hmac.Rules),
        GraphqlStepPlan graphql => ([Body, Query], graphql.Rules),
        JsonRpcStepPlan calls => ([Body], calls.Rules),
        _ => null,
    };

    private static IEnumerable<string> Fields(TemplatePartPlan part) =>
        part.Base64 is { } inner ? inner.SelectMany(Fields) : part.Field is { } field ? [field] : [];

    private static IEnumerable<string> PlacesOf(string field) => field switch
    {
        "Body" => [Body],
        "Path" => [Path],
        "Query" => [Query],
        "PathWithQuery" => [Path, Query],
        _ => [],
    };

    private static IEnumerable<string> Changed(SecretPlan secret)
    {
        if (secret.Replace is { Body: true })
        {
            yield return Body;
        }

        if (secret.Replace is { Path: true })
        {
            yield return Path;
        }

        if (secret.Replace is { Query: true } || secret.Inject?.QueryParam is not null)
        {
            yield return Query;
        }
    }
}
