namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A credential has no rules, so it may be sent to every host that is allowed.</summary>
internal sealed class CredentialEverywhere : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2012";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var credential in context.Credentials.Where(c => c.Rules is null))
        {
            context.Report(
                this,
                credential.At,
                $"{credential.Title} has no rules, so {(credential.Replace is null ? "every allowed host gets it" : "it is swapped in for every allowed host")}",
                "add rules: with the hosts that it belongs to");
        }
    }
}
