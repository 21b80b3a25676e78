using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A credential has rules, and no allowlist lets a request through that matches one of them.</summary>
internal sealed class BlockedCredential : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2011";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.TlsStaysClosed)
        {
            return;
        }

        foreach (var credential in context.Credentials)
        {
            if (credential.Rules is not { } set || context.RuleSets[set].Items.Any(r => UnreachableRule.IsAllowed(context, r)))
            {
                continue;
            }

            var host = context.Relations.Text(context.RuleSets[set].Items[0]);
            context.Report(
                this,
                credential.At,
                $"{credential.Title} is for requests that no allowlist lets through, so it is never sent",
                Elsewhere(context, set) is { } server ? $"write its rules for the hosts of the MCP server {server}: its requests are judged under the name that is asked for" : $"allow {host}, or remove the entry");
        }
    }

    /// <summary>The MCP server whose requests are sent to a host of the rules, which nobody asks for.</summary>
    private static string? Elsewhere(AnalysisContext context, int set) => (context.Plan.Mcp?.Servers ?? [])
        .FirstOrDefault(s => s.Upstream is { } url && CanonicalRequest.TryCreateFromUrl("POST", url, out var request) is null && context.Lookup(set).Matching(request.Host).Any())?.Name;
}
