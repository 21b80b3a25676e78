using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Merging;

/// <summary>What can be wrong with a file of egress rules, beside what can be wrong with an allowlist: IRON16xx.</summary>
internal static class MergingDiagnostics
{
    public static void RuleWithHostAndDomain(this DiagnosticBag bag, SourceSpan span, string host) =>
        bag.Add("IRON1601", DiagnosticSeverity.Error, span, $"domain is another name of host, and this rule has host: {Quote.Of(host)}, too", "keep one of them, or write two rules");
}
