using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Values;
using IronProxy.Diagnostics;
using IronProxy.Plan;

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

    /// <summary>Path patterns that were found valid: a long file has the same few in very many rules.</summary>
    public HashSet<string> ValidPaths { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of the clients that rules can ask for. Null when that is not known: for rules without their file, and when the list cannot be read.</summary>
    public IReadOnlyCollection<string>? Clients { get; set; }

    /// <summary>Names of judges that were seen, with their lines.</summary>
    public Dictionary<string, int> Judges { get; } = new(StringComparer.Ordinal);

    /// <summary>Reports what cannot be the name of an environment variable, or may be the secret in its place.</summary>
    public void RequireVariable(Located<string> name, string what)
    {
        if (!RequireText(name, what))
        {
            return;
        }

        if (name.Value.AsSpan().ContainsAny('=', ' ', '$'))
        {
            Bag.VariableNameInvalid(name.Span);
        }
        else if (!VariableNames.IsPortable(name.Value))
        {
            Bag.VariableNameStrange(name.Span);
        }
    }

    /// <summary>Whether a key is written and nothing behind it, as when all items of its list are commented out.</summary>
    public static bool IsWithoutValue(YamlEntry entry) => entry.Value is YamlScalar { IsNull: true, Style: not YamlScalarStyle.Unresolved };

    /// <summary>Reports a list that is written and has no value, where no list at all would allow more than any.</summary>
    /// <param name="record">What holds the list.</param>
    /// <param name="key">The key of the list.</param>
    /// <param name="meaning">What the key without a value could mean.</param>
    public void RequireValue(ConfigRecord record, string key, string meaning)
    {
        // Of a key that must be there its absence was reported.
        if (record.Node.TryGet(key, out var entry) && IsWithoutValue(entry) && !ConfigShape.Of(record.GetType()).ByName[key].Attribute.Required)
        {
            Bag.ListWithoutValue(entry.Key.Span, key, meaning);
        }
    }

    /// <summary>Reports a list without items.</summary>
    /// <param name="record">What holds the list.</param>
    /// <param name="key">The key of the list.</param>
    /// <param name="item">What one item is called.</param>
    public void RequireItems(ConfigRecord record, string key, string item)
    {
        if (record.Node.TryGet(key, out var entry) && entry.Value is YamlSequence { Items.Count: 0 })
        {
            Bag.ListEmpty(entry.Value.Span, key, item);
        }
    }

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
