namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A step reads or changes requests, and under sni-only those over TLS are never opened.</summary>
internal sealed class StepNeedsMitm : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2031";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (!context.TlsStaysClosed)
        {
            return;
        }

        foreach (var step in context.Plan.Steps.Where(s => !s.DecidesDestinations))
        {
            context.Report(this, step.At, $"{step.Type} sees no request over TLS, because sni-only does not open them", "use tls.mode: mitm, or remove the transform");
        }

        if (context.Plan.Mcp is not null)
        {
            context.Report(this, context.File.KeySpan("mcp"), "mcp sees no request over TLS, because sni-only does not open them", "use tls.mode: mitm, or remove the section");
        }
    }
}
