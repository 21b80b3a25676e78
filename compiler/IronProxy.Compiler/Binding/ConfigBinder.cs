using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Binding;

/// <summary>
/// Fills config records from the tree. It reports nothing: values of a wrong type were reported by the check of the
/// structure and are left out here, so that the rest of the file can still be validated.
/// </summary>
internal static class ConfigBinder
{
    /// <summary>The record of a mapping.</summary>
    public static T Bind<T>(YamlMapping mapping)
        where T : ConfigRecord => (T)Bind(typeof(T), mapping);

    /// <summary>The record of a mapping.</summary>
    public static ConfigRecord Bind(Type type, YamlMapping mapping)
    {
        // The constructor only sets properties that are set here, "required" included.
        var record = (ConfigRecord)RuntimeHelpers.GetUninitializedObject(type);
        NodeProperty.SetValue(record, mapping);
        var shape = ConfigShape.Of(type);
        foreach (var entry in mapping.Entries)
        {
            if (!entry.Value.IsNull && shape.ByName.TryGetValue(entry.Key.Value, out var key) && Convert(key, entry.Value) is { } value)
            {
                key.Property.SetValue(record, value);
            }
        }

        return record;
    }

    private static readonly PropertyInfo NodeProperty = typeof(ConfigRecord).GetProperty(nameof(ConfigRecord.Node))
        ?? throw new MissingMemberException(nameof(ConfigRecord), nameof(ConfigRecord.Node));

    private static object? Convert(ConfigKey key, YamlNode node) => (key.Kind, node) switch
    {
        (ConfigValueKind.String, YamlScalar scalar) => new Located<string>(scalar.Value, scalar),
        (ConfigValueKind.Boolean, YamlScalar scalar) => ScalarRules.TryBoolean(scalar, out var value, out _) ? new Located<bool>(value, scalar) : null,
        (ConfigValueKind.Integer, YamlScalar scalar) => ScalarRules.TryInteger(scalar, out var value) ? new Located<long>(value, scalar) : null,
        (ConfigValueKind.Record, YamlMapping mapping) => Bind(key.Record!, mapping), // Records have their type.
        (ConfigValueKind.Variant, YamlMapping mapping) => mapping,
        (ConfigValueKind.Any, _) => node,
        (ConfigValueKind.AnyList, YamlSequence sequence) => sequence,
        (ConfigValueKind.StringList, YamlSequence sequence) => BindStrings(sequence),
        (ConfigValueKind.IntegerList, YamlSequence sequence) => BindIntegers(sequence),
        (ConfigValueKind.RecordList, YamlSequence sequence) => BindRecords(key.Record!, sequence), // Records have their type.
        _ => null,
    };

    private static LocatedList<Located<string>> BindStrings(YamlSequence sequence)
    {
        var items = new List<Located<string>>(sequence.Items.Count);
        foreach (var item in sequence.Items)
        {
            if (item is YamlScalar { IsNull: false } scalar)
            {
                items.Add(new Located<string>(scalar.Value, scalar));
            }
        }

        return new LocatedList<Located<string>>(items, sequence.Span);
    }

    private static LocatedList<Located<long>> BindIntegers(YamlSequence sequence)
    {
        var items = new List<Located<long>>(sequence.Items.Count);
        foreach (var item in sequence.Items)
        {
            if (item is YamlScalar scalar && ScalarRules.TryInteger(scalar, out var value))
            {
                items.Add(new Located<long>(value, scalar));
            }
        }

        return new LocatedList<Located<long>>(items, sequence.Span);
    }

    private static object? BindRecords(Type type, YamlSequence sequence)
    {
        var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type))!; // Never null for a class.
        foreach (var item in sequence.Items)
        {
            if (item is YamlMapping mapping)
            {
                items.Add(Bind(type, mapping));
            }
        }

        return Activator.CreateInstance(typeof(LocatedList<>).MakeGenericType(type), items, sequence.Span);
    }
}
