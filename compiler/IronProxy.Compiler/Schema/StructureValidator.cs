using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Schema;

/// <summary>
/// Checks mappings against the shape of the config records that they become, and binds them. The published schemas are
/// written from the same shapes, and a test holds both to the same verdicts.
/// </summary>
/// <param name="diagnostics">Where findings go.</param>
internal sealed class StructureValidator(DiagnosticBag diagnostics)
{
    private readonly HashSet<YamlNode> _broken = [];
    private readonly Dictionary<(Type, YamlMapping), ConfigRecord> _bound = [];

    /// <summary>Whether something was reported about a mapping's keys, so that what follows from it need not be.</summary>
    public bool IsBroken(ConfigRecord record) => _broken.Contains(record.Node);

    /// <summary>Whether something was reported about the value of a key, so that comparing it with others says nothing.</summary>
    public bool IsBroken(ConfigRecord? record, string key) => record is not null && record.Node.TryGet(key, out var entry) && _broken.Contains(entry.Value);

    /// <summary>Checks a node, and binds it when it is a mapping.</summary>
    public T? Bind<T>(YamlNode node)
        where T : ConfigRecord => (T?)Bind(typeof(T), node);

    /// <summary>Checks a node, and binds it when it is a mapping.</summary>
    public ConfigRecord? Bind(Type type, YamlNode node)
    {
        CheckRecord(type, node);
        if (node is not YamlMapping mapping)
        {
            return null;
        }

        var record = ConfigBinder.Bind(type, mapping);
        _bound[(type, mapping)] = record;
        return record;
    }

    /// <summary>The record of a mapping that was checked before.</summary>
    public ConfigRecord Bound(Type type, YamlMapping mapping) => _bound[(type, mapping)];

    private void CheckRecord(Type type, YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            ReportType(node, "a mapping", node is YamlScalar && OnlyText(type) is { } only ? $"write {{{only}: {TextOf(node)}}}" : "write 'key: value' lines, indented below this key");
            return;
        }

        var shape = ConfigShape.Of(type);
        foreach (var entry in mapping.Entries)
        {
            if (!shape.ByName.TryGetValue(entry.Key.Value, out var key))
            {
                _broken.Add(mapping);
                diagnostics.UnknownKey(entry, shape);
            }
            else if (!entry.Value.IsNull)
            {
                CheckValue(key, entry.Value);
            }
        }

        foreach (var required in shape.Required)
        {
            if (!mapping.TryGet(required.Name, out var entry) || entry.Value.IsNull)
            {
                _broken.Add(mapping);
                diagnostics.MissingKey(mapping.Span, required.Name);
            }
        }
    }

    private void CheckValue(ConfigKey key, YamlNode node)
    {
        switch (key.Kind)
        {
            case ConfigValueKind.String:
                CheckText(key, node);
                break;
            case ConfigValueKind.Boolean:
                CheckBoolean(node);
                break;
            case ConfigValueKind.Integer:
                CheckInteger(key, node);
                break;
            case ConfigValueKind.Record:
                CheckRecord(key.Record!, node); // Records have their type.
                break;
            case ConfigValueKind.Variant when node is not YamlMapping && key.Attribute.Holds == KeyContent.Source:
                _broken.Add(node);
                diagnostics.SourceExpected(node.Span, node.Kind);
                break;
            case ConfigValueKind.Variant when node is not YamlMapping:
                ReportType(node, "a mapping", "write 'key: value' lines, indented below this key");
                break;
            case ConfigValueKind.Any when node is YamlSequence:
                CheckList(key, node);
                break;
            case ConfigValueKind.StringList or ConfigValueKind.IntegerList or ConfigValueKind.RecordList or ConfigValueKind.AnyList:
                CheckList(key, node);
                break;
        }
    }

    private void CheckList(ConfigKey key, YamlNode node)
    {
        if (node is not YamlSequence sequence)
        {
            ReportType(node, "a list", HintForList(key, node));
            return;
        }

        foreach (var item in sequence.Items)
        {
            if (item.IsNull)
            {
                ReportNullItem(item);
                continue;
            }

            switch (key.Kind)
            {
                case ConfigValueKind.StringList:
                    CheckText(key, item);
                    break;
                case ConfigValueKind.IntegerList:
                    CheckInteger(key, item);
                    break;
                case ConfigValueKind.RecordList:
                    CheckRecord(key.Record!, item); // Records have their type.
                    break;
                case ConfigValueKind.Any or ConfigValueKind.AnyList when item is YamlSequence:
                    CheckList(key, item);
                    break;
            }
        }
    }

    private static string HintForList(ConfigKey key, YamlNode node) => (node, key.Record) switch
    {
        (YamlMapping, _) => "write '- ' in front of its first key: it is one item of a list",
        (YamlScalar scalar, { } record) => scalar.Value is "false" or "no" ? "write [] for none"
            : OnlyText(record) is { } only ? $"write [{{{only}: {TextOf(node)}}}]"
            : "write its items behind '- ', each with 'key: value' lines",
        _ => $"write [{TextOf(node)}], or put the value on the next line behind '- '",
    };

    /// <summary>The key of a text that alone makes a record. Null when more is needed, or nothing is.</summary>
    private static string? OnlyText(Type record) => ConfigShape.Of(record).Required is [{ Kind: ConfigValueKind.String } only] ? only.Name : null;

    private void ReportNullItem(YamlNode item)
    {
        // An alias without its anchor was reported as such.
        if (item is not YamlScalar { Style: YamlScalarStyle.Unresolved })
        {
            diagnostics.NullItem(item.Span);
        }
    }

    private void CheckText(ConfigKey key, YamlNode node)
    {
        if (node is not YamlScalar scalar)
        {
            ReportType(node, "text", null);
        }
        else if (key.Attribute.OneOf is { } choices && !choices.Contains(scalar.Value, StringComparer.Ordinal))
        {
            diagnostics.NotAChoice(scalar.Span, scalar.Value, choices);
        }
    }

    private void CheckBoolean(YamlNode node)
    {
        if (node is not YamlScalar scalar || !ScalarRules.TryBoolean(scalar, out var value, out var old))
        {
            ReportType(node, "true or false", HintForBoolean(node));
        }
        else if (old)
        {
            diagnostics.OldBoolean(scalar.Span, scalar.Value, value);
        }
    }

    private void CheckInteger(ConfigKey key, YamlNode node)
    {
        if (node is YamlScalar unclear && ScalarRules.IsUnclearInteger(unclear))
        {
            _broken.Add(node);
            diagnostics.IntegerUnclear(node.Span, unclear.Value);
        }
        else if (node is not YamlScalar scalar || !ScalarRules.TryInteger(scalar, out var value))
        {
            ReportType(node, "a whole number", Unquoted(node) is { } plain && ScalarRules.TryInteger(plain, out _) ? "remove the quotes" : "write decimal digits only, without units and underscores");
        }
        else if (value < key.Attribute.Minimum || value > key.Attribute.Maximum)
        {
            _broken.Add(node);
            diagnostics.OutOfRange(scalar.Span, scalar.Value, Bounds(key.Attribute));
        }
    }

    private void ReportType(YamlNode node, string expected, string? hint)
    {
        _broken.Add(node);
        diagnostics.WrongType(node.Span, expected, node is YamlScalar ? $"the value {Quote.Of(TextOf(node))}" : node.Kind, hint);
    }

    private static string? HintForBoolean(YamlNode node) => Unquoted(node) is { } plain && ScalarRules.TryBoolean(plain, out var value, out var old)
        ? old ? $"write {(value ? "true" : "false")}" : "remove the quotes"
        : null;

    /// <summary>A quoted value as it would be without its quotes; null when it has none.</summary>
    private static YamlScalar? Unquoted(YamlNode node) =>
        node is YamlScalar { Style: YamlScalarStyle.SingleQuoted or YamlScalarStyle.DoubleQuoted } scalar ? new YamlScalar(scalar.Span, scalar.Value, YamlScalarStyle.Plain) : null;

    private static string TextOf(YamlNode node) => node is YamlScalar scalar ? scalar.Value : node.Kind;

    private static string Bounds(KeyAttribute attribute) => (attribute.Minimum, attribute.Maximum) switch
    {
        (var min, long.MaxValue) => $"at least {min}",
        (long.MinValue, var max) => $"at most {max}",
        var (min, max) => $"from {min} to {max}",
    };
}
