using IronProxy.Pipeline.JsonRpc;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Mcp;

/// <summary>Asks the MCP policy about a request, behind all steps. The runtime acts on what it says, and <c>explain</c> and <c>test</c> show it.</summary>
internal static class McpJudge
{
    private const string MethodHeader = "Mcp-Method";
    private const string NameHeader = "Mcp-Name";

    /// <summary>Methods that open or close a stream and bring no message.</summary>
    private static readonly string[] WithoutMessage = ["GET", "HEAD", "DELETE", "OPTIONS"];

    /// <summary>Decides.</summary>
    /// <returns>Null when the request goes to no server that the policy names.</returns>
    public static async ValueTask<McpVerdict?> JudgeAsync(RequestContext context)
    {
        if (context.Policy.Mcp is not { } mcp || mcp.FindServer(context.Host, context.Request, out var rule) is not { } server)
        {
            return null;
        }

        var verdict = new McpVerdict(server, rule);
        var expectsNone = WithoutMessage.Contains(context.Request.Method);
        if (!context.KnowsBody)
        {
            return verdict with { IsUndecided = !expectsNone };
        }

        if (!context.Body.Exists)
        {
            return verdict with { Refusal = expectsNone ? null : Reason.MalformedMcp };
        }

        if (!MessageText.IsUtf8(context.Headers.Find("Content-Type")))
        {
            return verdict with { Refusal = Reason.MalformedMcp, HasBody = true };
        }

        var (body, refusal) = await context.ReadJudgedBodyAsync().ConfigureAwait(false);
        if (body is null)
        {
            return verdict with { Refusal = refusal };
        }

        if (body.Length == 0 && expectsNone)
        {
            return verdict;
        }

        var decision = mcp.Decide(server, body, new McpHeaders(context.Headers.Find(MethodHeader), context.Headers.Find(NameHeader)));
        var written = context.Body.AsSent is { } sent ? mcp.Decide(server, sent).Messages : decision.Messages;
        return verdict with
        {
            Refusal = decision.Denial,
            HasBody = true,
            Messages = decision.Messages,
            Written = written.Length == decision.Messages.Length ? written : [],
            IsBatch = decision.IsBatch,
        };
    }
}
