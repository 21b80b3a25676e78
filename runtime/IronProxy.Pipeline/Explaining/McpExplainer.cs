using System.Collections.Immutable;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Asks the MCP policy about the body, as it is behind the steps.</summary>
internal sealed class McpExplainer(McpPolicy mcp, McpPlan plan, RequestScope scope, ExplainedRequest request)
{
    /// <summary>The name of the section, where a step has the name of its transform.</summary>
    public const string Name = "mcp";

    /// <summary>Methods that open or close a stream and bring no message.</summary>
    private static readonly string[] WithoutMessage = ["GET", "HEAD", "DELETE", "OPTIONS"];

    public async ValueTask<McpExplanation> ExplainAsync()
    {
        if (scope.FindServer(mcp, out var rule) is not { } server)
        {
            return new McpExplanation { Outcome = StepAnswer.Continue, InScope = false, Nearest = Nearest() };
        }

        var explanation = new McpExplanation
        {
            Outcome = StepAnswer.Continue,
            InScope = true,
            Server = server.Name,
            At = server.At,
            Rule = rule?.At,
        };
        if (!request.KnowsBody)
        {
            var expectsNone = WithoutMessage.Contains(scope.Request.Method);
            return explanation with { Outcome = expectsNone ? StepAnswer.Continue : StepAnswer.Undecided };
        }

        if (!request.Body.Exists)
        {
            return explanation;
        }

        var (body, refusal) = await request.ReadDecodedBodyAsync().ConfigureAwait(false);
        return refusal is not null
            ? explanation with { Outcome = StepAnswer.Reject, Reason = refusal.Code }
            : Answer(explanation, mcp.Decide(server, body!)); // There are bytes or a reason.
    }

    private McpExplanation Answer(McpExplanation explanation, McpDecision decision)
    {
        ImmutableArray<McpMessageExplanation> messages = [.. decision.Messages.Select(Describe)];
        explanation = explanation with { Messages = messages };
        if (decision.Denial is null || messages.All(m => m.Allowed || m.ComparesSecret == true) && !messages.IsEmpty)
        {
            // What is compared with a secret's value is not known before it is there.
            return messages.Any(m => m.ComparesSecret == true) ? explanation with { Outcome = StepAnswer.Undecided } : explanation;
        }

        return explanation with { Outcome = StepAnswer.Reject, Reason = decision.Denial.Code, Error = mcp.Error };
    }

    private McpMessageExplanation Describe(McpMessage message) => message.Call is not { } call
        ? new McpMessageExplanation { Method = message.Method, Allowed = true }
        : new McpMessageExplanation
        {
            Method = message.Method,
            Tool = call.Tool,
            Allowed = call.Allowed,
            ComparesSecret = request.BodyHoldsSecret && call.Entries.Any(e => !e.Tool.When.IsEmpty) ? true : null,
            Entries =
            [
                .. call.Entries.Select(e => new McpEntryExplanation(
                    e.Tool.At,
                    e.Failing.IsEmpty,
                    [.. e.Failing.Select(m => new McpMatcherExplanation(m.At, string.Join('.', m.Path), Wanted(m)))])),
            ],
        };

    private static string Wanted(McpMatcherPlan matcher) => matcher.In is not { } values
        ? $"to match {matcher.Matches}"
        : values.Length == 1 ? $"to equal {Text(values[0])}" : $"to be one of {string.Join(", ", values.Select(Text))}";

    private static string Text(JsonElement value) => value.GetRawText();

    private NearestMiss? Nearest() => NearestMiss.Best(plan.Servers.Select(s => scope.Nearest(s.Rules)));
}
