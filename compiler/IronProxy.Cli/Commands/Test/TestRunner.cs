using System.Collections.Immutable;
using System.Text;
using IronProxy.Cli.Inputs;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Test;

/// <summary>Asks a policy what <c>ironc explain</c> asks, and compares the answers with what tests expect.</summary>
internal sealed class TestRunner
{
    private readonly PlanSource _source;
    private readonly PolicyExplainer _explainer;
    private readonly RuleIndex? _index;

    /// <exception cref="CliException">The plan cannot be used.</exception>
    public TestRunner(PlanSource source)
    {
        _source = source;
        _explainer = new PolicyExplainer(source.ToPolicy());
        _index = source.Index;
    }

    public TestFileRun Run(PolicyTestFile file, bool coverage)
    {
        var touched = new HashSet<SourcePosition>();
        var outcomes = ImmutableArray.CreateBuilder<TestOutcome>();
        foreach (var test in file.Tests)
        {
            var answer = _explainer.Explain(RequestArgument.Parse(test.Request) with { Client = test.Client?.Value }, [.. test.Headers.Select(RequestArgument.ParseHeader)], test.Body is { } body ? new AskedBody(Encoding.UTF8.GetBytes(body)) : null);
            touched.UnionWith(answer.MatchedRules());
            outcomes.Add(new TestOutcome
            {
                Name = test.Name.Value,
                Line = test.Name.Span.Line,
                Request = WithoutQuery(test.Request),
                Verdict = answer.Verdict.Allowed ? "allow" : "deny",
                Reason = answer.Verdict.Reason,
                Rule = answer.Verdict.At is { } at ? Describe(at) : null,
                Failures = [.. Compare(test, answer)],
            });
        }

        return new TestFileRun
        {
            Path = file.Source.Path,
            Policy = _source.Path,
            Tests = outcomes.ToImmutable(),
            Coverage = coverage ? Cover(touched) : null,
        };
    }

    private IEnumerable<TestFailure> Compare(PolicyTest test, Explanation answer)
    {
        if (test.Client is { } client && ClientArgument.FindProblem(_source.Plan, client.Value) is { } unknown)
        {
            yield return At(client.Span, unknown);
            yield break; // All else would be about somebody else.
        }

        var verdict = answer.Verdict;
        if (verdict.Allowed != test.Allowed)
        {
            var by = verdict.At is { } at ? $" by {Describe(at)}" : "";
            yield return At(test.Expect, verdict.Allowed ? $"denied was expected, and it is allowed{by}" : $"allowed was expected, and it is denied{by}: {verdict.Reason}: {verdict.Message}");
            yield break; // All else follows from it.
        }

        if (test.Reason is { } reason && reason.Value != verdict.Reason)
        {
            yield return At(reason.Span, $"{reason.Value} was expected, and the reason is {verdict.Reason}");
        }

        if (test.Rule is { } rule && CompareRule(rule.Value, verdict.At) is { } otherwise)
        {
            yield return At(rule.Span, otherwise);
        }

        var secrets = answer.Steps.SelectMany(s => s.Secrets ?? []).Where(s => s.InScope && !s.Locations.IsEmpty).ToArray();
        (TestList? Expected, IEnumerable<string> Actual, string What)[] lists =
        [
            (test.Injects, Injected(answer, secrets).Select(WithoutKind), "is injected"),
            (test.Swaps, secrets.Where(s => s.Mode == "replace").Select(s => s.Name), "is swapped"),
            (test.Strips, answer.Steps.SelectMany(s => s.Strips ?? []), "is stripped"),
        ];
        foreach (var (expected, actual, what) in lists)
        {
            if (expected is not null && CompareSets(expected.Items.Select(WithoutKind), actual, what) is { } difference)
            {
                yield return At(expected.Span, difference);
            }
        }
    }

    private string? CompareRule(string expected, SourcePosition? actual)
    {
        if (_index is null && !expected.All(char.IsAsciiDigit))
        {
            return $"places such as {expected} are known of a proxy.yaml only: give the line";
        }

        if (actual is { } at && (_index?.Names(expected, at) ?? (at.Line.ToString(System.Globalization.CultureInfo.InvariantCulture) == expected)))
        {
            return null;
        }

        var decided = actual is { } place ? $"{Describe(place)} decides" : "no rule decides";
        return _index is not null && !_index.Find(expected).Any()
            ? $"the policy has no entry {expected}; {decided}"
            : $"{expected} was expected to decide, and {decided}";
    }

    /// <summary>Names of headers have no letter case, and those of secrets differ in more than that.</summary>
    private static string? CompareSets(IEnumerable<string> expected, IEnumerable<string> actual, string what)
    {
        var missing = expected.Except(actual, StringComparer.OrdinalIgnoreCase).ToArray();
        var surplus = actual.Except(expected, StringComparer.OrdinalIgnoreCase).ToArray();
        var parts = new List<string>();
        if (missing.Length > 0)
        {
            parts.Add($"not {string.Join(", ", missing)}, which was expected");
        }

        if (surplus.Length > 0)
        {
            parts.Add($"{string.Join(", ", surplus)}, which was not expected");
        }

        return parts.Count == 0 ? null : $"{what}: {string.Join("; ", parts)}";
    }

    private CoverageReport Cover(HashSet<SourcePosition> touched)
    {
        SourcePosition[] rules = [.. _source.Plan.Matching.Rules.SelectMany(set => set.Items).Select(r => r.At).Distinct().OrderBy(a => a.Line).ThenBy(a => a.Column)];
        return new CoverageReport(rules.Length, [.. rules.Where(r => !touched.Contains(r)).Select(r => new UntouchedRule(_index?.PlaceAt(r), r, _source.Yaml?.Line(r.Line).Trim()))]);
    }

    private static IEnumerable<string> Injected(Explanation answer, SecretExplanation[] secrets) =>
    [
        .. secrets.Where(s => s.Mode == "inject").SelectMany(s => s.Locations),
        .. answer.Steps.SelectMany(s => s.Credentials ?? []).SelectMany(c => c.Sets).Select(h => h.Place),
    ];

    private string Describe(SourcePosition at)
    {
        var place = $"{(_source.Yaml is null ? _source.Plan.Source : _source.Path)}:{at}";
        return _index?.PlaceAt(at) is { } name ? $"{name} ({place})" : place;
    }

    private static TestFailure At(Diagnostics.SourceSpan span, string message) => new(span.Line, span.Column, message);

    private static string WithoutKind(string location) =>
        location.StartsWith("header:", StringComparison.Ordinal) ? location["header:".Length..] : location;

    // A query may hold what nobody should read in a report.
    private static string WithoutQuery(string request) => request.Split('?')[0];
}
