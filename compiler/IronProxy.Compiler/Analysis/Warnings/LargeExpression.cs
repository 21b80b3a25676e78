using System.Globalization;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A regular expression is large once its counted repetitions are written out. The engine does not backtrack, so no text makes
/// it explode, but each character of a text can cost a step for each state of the expression.
/// </summary>
internal sealed class LargeExpression : PolicyWarning
{
    /// <summary>Expressions that people write for header names and arguments have some dozens.</summary>
    private const int ManyStates = 1000;

    /// <inheritdoc />
    public override string Code => "IRON2051";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var (expression, at) in Expressions(context.Plan))
        {
            var states = ExpressionSize.Of(expression);
            if (states > ManyStates)
            {
                context.Report(
                    this,
                    at,
                    $"written out, this expression has about {states.ToString(CultureInfo.InvariantCulture)} states, and each character of a text may cost as many steps",
                    "use smaller counts in {}, or * and + where the count does not matter");
            }
        }
    }

    private static IEnumerable<(string Expression, SourcePosition At)> Expressions(ProxyPlan plan)
    {
        foreach (var header in plan.Steps.SelectMany(s => s.HeaderPatterns))
        {
            if (header.Regex is { } regex)
            {
                yield return (regex, header.At);
            }
        }

        foreach (var matcher in (plan.Mcp?.Servers ?? []).SelectMany(s => s.Entries).SelectMany(e => e.When).Concat(plan.Steps.SelectMany(s => s.ArgumentMatchers)))
        {
            if (matcher.Matches is { } matches)
            {
                yield return (matches, matcher.At);
            }
        }
    }
}
