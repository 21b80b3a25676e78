using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Values;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Validation;

/// <summary>What validators share.</summary>
internal sealed class ValidationContext(DiagnosticBag bag, StructureValidator structure)
{
    /// <summary>Where findings go.</summary>
    public DiagnosticBag Bag { get; } = bag;

    /// <summary>Checks and binds mappings whose record depends on a name.</summary>
    public StructureValidator Structure { get; } = structure;

    /// <summary>Placeholders that were seen, with the rules that they act in.</summary>
    public Dictionary<string, Located<string>> Placeholders { get; } = new(StringComparer.Ordinal);

    /// <summary>Reports text that is empty or has control characters.</summary>
    public bool RequireText(Located<string> text, string what)
    {
        if (text.Value.Length == 0)
        {
            Bag.EmptyText(text.Span, what);
            return false;
        }

        if (text.Value.Any(char.IsControl))
        {
            Bag.ControlCharacterInText(text.Span, what);
            return false;
        }

        return true;
    }
}
