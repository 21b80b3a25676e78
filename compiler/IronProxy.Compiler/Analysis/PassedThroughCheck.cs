using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis;

/// <summary>
/// Holds the rules that pass TLS through against all that would have to look into it: what asks for methods or paths, puts credentials in, or refuses requests.
/// Each would be bypassed without a word. Hosts that may be meant by both count; within one list, where rules are alternatives, only rules of which nothing is left.
/// </summary>
/// <param name="context">The file and the plan.</param>
/// <param name="bag">Where errors go.</param>
internal sealed class PassedThroughCheck(AnalysisContext context, DiagnosticBag bag)
{
    /// <summary>So many lists of ports are looked at, and people write two or three. Without a bound a file could ask for any amount of work.</summary>
    private const int MaxConditions = 100;

    public void Check()
    {
        foreach (var step in context.Plan.Steps.OfType<AllowlistStepPlan>())
        {
            if (step.PassedThrough is { } set)
            {
                Check(step, set);
            }
        }
    }

    private void Check(AllowlistStepPlan step, int set)
    {
        // In one list the rules are alternatives: only one whose hosts are all passed through is left without a meaning.
        int[] conditions = [.. context.RuleSets[set].Items.Select(r => r.When).Distinct().Take(MaxConditions)];
        var reported = new HashSet<RulePlan>();
        foreach (var other in context.RuleSets[step.Rules].Items.Where(AsksForMore))
        {
            if (PassingAll(set, conditions, other) is { } rule && reported.Add(rule))
            {
                Report(rule, $"the rule in line {other.At.Line}");
            }
        }

        foreach (var other in context.Plan.Steps.OfType<AllowlistStepPlan>().Where(a => a != step))
        {
            Check(set, context.RuleSets[other.Rules].Items.Where(AsksForMore), $"the allowlist in line {other.At.Line}");
        }

        foreach (var credential in context.Credentials)
        {
            Check(set, credential.Rules, $"{credential.Step.Type} in line {credential.At.Line}");
        }

        foreach (var decider in context.Plan.Steps.Where(s => s is { Effect: StepEffect.Refuse, DecidesDestinations: false }))
        {
            foreach (var rules in decider.ActsOn)
            {
                Check(set, rules, $"{decider.Type} in line {decider.At.Line}");
            }
        }

        foreach (var stubbing in context.Plan.Steps)
        {
            CheckStubs(set, stubbing);
        }

        foreach (var server in context.Plan.Mcp?.Servers ?? [])
        {
            Check(set, server.Rules, $"the MCP server in line {server.At.Line}");
        }
    }

    /// <summary>A library that asks for a token would get through to the real endpoint, with whatever it has.</summary>
    private void CheckStubs(int set, StepPlan step)
    {
        foreach (var url in step.StubbedUrls)
        {
            if (CanonicalRequest.TryCreateFromUrl("POST", url, out var request) is null && context.Lookup(set).Matching(request.Host).ToArray() is [var rule, ..])
            {
                Report(context.RuleSets[set].Items[rule], $"{step.Type} in line {step.At.Line}, which answers for {url},");
            }
        }
    }

    private void Check(int set, int? others, string who)
    {
        if (others is { } index)
        {
            Check(set, context.RuleSets[index].Items, who);
        }
        else
        {
            Report(context.RuleSets[set].Items[0], who);
        }
    }

    private void Check(int set, IEnumerable<RulePlan> others, string who)
    {
        var passed = context.Lookup(set);
        if (others.FirstOrDefault(passed.MayMeet) is { } other)
        {
            Report(context.RuleSets[set].Items[passed.FirstNamed(other) ?? 0], who);
        }
    }

    /// <summary>The rule that passes all hosts of another one through, at a port of it.</summary>
    private RulePlan? PassingAll(int set, int[] conditions, RulePlan other)
    {
        foreach (var when in conditions.Where(c => !context.Relations.Conditions.AreDisjoint(c, other.When)))
        {
            if (context.Lookup(set).FindCover(other with { When = when }) is { } rule)
            {
                return context.RuleSets[set].Items[rule];
            }
        }

        return null;
    }

    private bool AsksForMore(RulePlan rule) =>
        context.Relations.Conditions[rule.When] is { Scheme: not RuleValidator.Http } condition && (condition.Methods is not null || condition.Paths is not null);

    private void Report(RulePlan rule, string who) => bag.PassedThroughHides(context.Place(rule.At), context.Relations.Text(rule), who);
}
