using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Says what the MCP policy has said about a request, behind the steps.</summary>
internal sealed class McpExplainer(McpPlan plan, RequestScope scope, ExplainedRequest request)
{
    public McpExplanation Explain()
    {
        if (request.Mcp is not { } verdict)
        {
            return new McpExplanation { Outcome = StepAnswer.Continue, InScope = false, Nearest = Nearest() };
        }

        var explanation = new McpExplanation
        {
            Outcome = verdict.IsUndecided ? StepAnswer.Undecided : StepAnswer.Continue,
            InScope = true,
            Server = verdict.Server.Name,
            At = verdict.Server.At,
            Rule = verdict.Rule?.At,
            Upstream = verdict.Server.Upstream is null ? null : $"{request.Destination.Scheme}://{request.Destination.HostHeader}{request.Path}",
        };
        ImmutableArray<McpMessageExplanation> messages = [.. verdict.Messages.Select(Describe)];
        explanation = verdict.HasBody ? explanation with { Messages = messages } : explanation;
        if (messages.Any(m => m.ComparesSecret == true) && (verdict.Refusal is null || messages.All(m => m.Allowed || m.ComparesSecret == true)))
        {
            return explanation with { Outcome = StepAnswer.Undecided }; // What is compared with a secret's value is not known before it is there.
        }

        return verdict.Refusal is not { } refusal ? explanation
            : explanation with { Outcome = StepAnswer.Reject, Reason = refusal.Code, Error = messages.IsEmpty ? null : plan.Error };
    }

    private McpMessageExplanation Describe(McpMessage message) => message.Call is not { } call
        ? new McpMessageExplanation { Method = message.Method, Allowed = true }
        : new McpMessageExplanation
        {
            Method = message.Method,
            Tool = NameOf(call, McpKind.Tool),
            Prompt = NameOf(call, McpKind.Prompt),
            Resource = NameOf(call, McpKind.Resource),
            Allowed = call.Allowed,
            ComparesSecret = request.BodyHoldsSecret && call.Entries.Any(e => e.Asks) ? true : null,
            Entries = [.. call.Entries.Select(EntryExplanation.Of)],
        };

    private static string? NameOf(McpCall call, McpKind kind) => call.Kind == kind ? call.Name : null;

    private NearestMiss? Nearest() => NearestMiss.Best(plan.Servers.Select(s => scope.Nearest(s.Rules)));
}
