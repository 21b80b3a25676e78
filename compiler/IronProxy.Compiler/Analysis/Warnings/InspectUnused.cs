namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>Messages of WebSockets are read, and no secret is put into them or taken out. It costs compression, and gains nothing.</summary>
internal sealed class InspectUnused : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2036";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.Plan.WebSocket is not { Inspect: true } || context.File.WebSocket is not { } section)
        {
            return;
        }

        if (context.TlsStaysClosed || !context.Plan.CredentialUses.Any(u => u is { Scrubs: true } or { Replace.Body: true }))
        {
            context.Report(
                this,
                section.KeySpan("inspect"),
                $"no message is changed: {(context.TlsStaysClosed ? "sni-only opens no WebSocket over TLS" : "nothing has scrub_responses or match_body")}",
                "add one of them to a secret, or remove inspect");
        }
    }
}
