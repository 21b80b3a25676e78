using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Pipeline.Explaining;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Answers what would become of a request.</summary>
internal sealed class ExplainHandler(CliConsole console)
{
    public int Run(string path, AskedRequest asked, IReadOnlyList<AskedHeader> headers, Func<AskedBody?> body, bool json)
    {
        if (PlanSource.TryOpen(path, console) is not { } source)
        {
            return ExitCode.Findings;
        }

        if (asked.Client is { } client)
        {
            ClientArgument.Require(source.Plan, client, path);
        }

        var explanation = new PolicyExplainer(source.ToPolicy()).Explain(asked, headers, body());
        if (json)
        {
            ExplanationJson.Print(explanation, source, console.Out);
        }
        else
        {
            new ExplanationPrinter(console.Out, new Paint(console.OutHasColor), source).Print(explanation);
        }

        return explanation.Verdict.Allowed ? ExitCode.Ok : ExitCode.Findings;
    }
}
