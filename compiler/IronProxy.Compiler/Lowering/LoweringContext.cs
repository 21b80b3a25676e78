using IronProxy.Compiler.Optimization;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Lowering;

/// <summary>What lowering shares between sections and transforms.</summary>
internal sealed class LoweringContext(SourceText source)
{
    /// <summary>The hosts and rules of the whole file.</summary>
    public MatchTablesBuilder Tables { get; } = new();

    /// <summary>Takes what the readers of values report a second time. It ends without errors, or a validator is missing.</summary>
    public DiagnosticBag Repeated { get; } = new(source);
}
