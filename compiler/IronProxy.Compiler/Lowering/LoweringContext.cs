using IronProxy.Compiler.Optimization;
using IronProxy.Compiler.Schema;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Lowering;

/// <summary>What lowering shares between sections and transforms.</summary>
/// <param name="source">The file.</param>
/// <param name="structure">What validation has bound.</param>
internal sealed class LoweringContext(SourceText source, StructureValidator structure)
{
    /// <summary>The records that validation has checked.</summary>
    public StructureValidator Structure { get; } = structure;

    /// <summary>The hosts and rules of the whole file.</summary>
    public MatchTablesBuilder Tables { get; } = new();

    /// <summary>Conditions by the text of the rules that ask for them: a long file has the same few in very many rules.</summary>
    public Dictionary<string, int> Conditions { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes what the readers of values report a second time. It ends without errors, or a validator is missing.</summary>
    public DiagnosticBag Repeated { get; } = new(source);
}
