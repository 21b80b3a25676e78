using System.Globalization;
using IronProxy.Cli.Explaining;
using IronProxy.Cli.Terminal;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Prints an explanation for people, with the lines of proxy.yaml that decide.</summary>
internal sealed class ExplanationPrinter(TextWriter writer, Paint paint, PlanSource source)
{
    private const int MaxLineWidth = 120;

    public void Print(Explanation explanation)
    {
        if (explanation.Request is { } request)
        {
            writer.WriteLine(paint.Bold(Describe(request)));
        }

        writer.WriteLine($"by {explanation.Plan.Source}, policy {explanation.Plan.PolicyHash}");
        if (!explanation.Steps.IsEmpty)
        {
            writer.WriteLine();
        }

        for (var i = 0; i < explanation.Steps.Length; i++)
        {
            PrintStep(i + 1, explanation.Steps[i]);
        }

        PrintVerdict(explanation.Verdict);
    }

    private static string Describe(RequestSummary request)
    {
        var host = request.Host.Contains(':', StringComparison.Ordinal) ? $"[{request.Host}]" : request.Host;
        return request.Scheme is null
            ? $"{request.Method} {host}:{request.Port}"
            : $"{request.Method} {request.Scheme}://{host}:{request.Port}{request.Path}";
    }

    private void PrintStep(int number, StepExplanation step)
    {
        var outcome = step.Outcome switch
        {
            StepOutcome.Reject => paint.Bad("rejects"),
            StepOutcome.Warn => paint.Note("warns and continues"),
            StepOutcome.NotReached => paint.Dim("is not reached"),
            StepOutcome.Undecided => paint.Note("is not followed here"),
            StepOutcome.InsideTunnel => paint.Dim("acts on the requests inside"),
            _ => paint.Good("continues"),
        };
        writer.WriteLine($"{number}. {paint.Bold(step.Step)} ({At(step.At)}) {outcome}");
        if (step.Outcome is StepOutcome.NotReached or StepOutcome.InsideTunnel)
        {
            return;
        }

        if (step.Reason is { } code && step.Secrets is null)
        {
            writer.WriteLine($"   {code}: {Reason.Find(code)!.Sentence}");
        }

        PrintRule("   ", step.Rule);
        PrintActions(step);
    }

    private void PrintActions(StepExplanation step)
    {
        if (step.InScope == false)
        {
            writer.WriteLine("   out of scope: none of its rules matches");
        }

        foreach (var secret in step.Secrets ?? [])
        {
            PrintSecret(secret);
        }

        if (step.Strips is { } strips)
        {
            writer.WriteLine(strips.IsEmpty ? "   strips none of these headers" : $"   strips {string.Join(", ", strips)}");
        }

        if (step.Records is { } records)
        {
            writer.WriteLine($"   records {string.Join(", ", records)} as the workload sent them");
        }

        if (step.RecordsBodyBytes is { } bytes)
        {
            writer.WriteLine($"   records up to {bytes} bytes of the request body");
        }
    }

    private void PrintSecret(SecretExplanation secret)
    {
        writer.WriteLine($"   {paint.Bold(secret.Name)} ({At(secret.At)}): {Effect(secret)}");
        PrintRule("     ", secret.Rule);
    }

    private string Effect(SecretExplanation secret)
    {
        if (!secret.InScope)
        {
            return "out of scope, its rules do not match";
        }

        var places = string.Join(", ", secret.Locations);
        var effect = (secret.Mode, secret.Locations.IsEmpty) switch
        {
            ("inject", false) => $"sets {places}",
            ("inject", true) => "an earlier entry has set the same place",
            (_, false) => $"swaps the placeholder in {places}",
            _ => "the placeholder is not in what is searched",
        };
        if (secret.ScansBody == true)
        {
            effect += "; the body is searched too, and is not known here";
        }

        return secret.Reason is { } code ? $"{effect}; {paint.Bad(code)}: {Reason.Find(code)!.Sentence}" : effect;
    }

    private void PrintRule(string indent, SourcePosition? rule)
    {
        if (rule is not { } at)
        {
            return;
        }

        writer.WriteLine($"{indent}by the rule at {At(at)}");
        var line = source.Yaml?.Line(at.Line).TrimEnd() ?? "";
        if (line.Length > 0)
        {
            var number = at.Line.ToString(CultureInfo.InvariantCulture);
            writer.WriteLine($"{indent}  {paint.Dim($"{number} |")} {(line.Length > MaxLineWidth ? line[..MaxLineWidth] : line)}");
        }
    }

    private void PrintVerdict(Verdict verdict)
    {
        writer.WriteLine();
        if (verdict.Allowed)
        {
            writer.WriteLine($"verdict: {paint.Good("allowed")}{(verdict.At is { } rule ? $" by the rule at {At(rule)}" : "")}");
            return;
        }

        var by = verdict.Step is { } step ? $" by {step} at {At(verdict.At!.Value)}" : "";
        writer.WriteLine($"verdict: {paint.Bad("denied")}{by}: {verdict.Reason} ({verdict.Status}): {verdict.Message}");
    }

    // A plan compiled from standard input or elsewhere names the file that it was compiled from.
    private string At(SourcePosition position) => $"{(source.Yaml is null ? source.Plan.Source : source.Path)}:{position}";
}
