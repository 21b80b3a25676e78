using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Transforms;

namespace IronProxy.Compiler.Formatting;

/// <summary>Finds the config record that belongs to a mapping of the file: it gives keys their order and values their type.</summary>
internal static class LayoutTypes
{
    /// <summary>The key of a record; null when the record or the key is not known.</summary>
    public static ConfigKey? Key(Type? record, string name) =>
        record is not null && ConfigShape.Of(record).ByName.TryGetValue(name, out var key) ? key : null;

    /// <summary>The record of a mapping below a key, or of the items of a list below it.</summary>
    /// <param name="owner">The mapping that has the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">What stands below it.</param>
    public static Type? Below(LayoutCollection owner, ConfigKey? key, LayoutNode value) => key?.Kind switch
    {
        ConfigValueKind.Variant when key.Name == "config" => TransformRegistry.Find(Choice(owner, "name"))?.ConfigType,
        ConfigValueKind.Variant => SecretSourceRegistry.Find(Choice(value, "type"))?.ConfigType,
        _ => key?.Record,
    };

    /// <summary>
    /// The kind of the single values at a key, or in the list there. Null where a value's own spelling says what it is.
    /// </summary>
    public static ConfigValueKind? ScalarKind(ConfigKey? key) => key?.Kind switch
    {
        ConfigValueKind.StringList => ConfigValueKind.String,
        ConfigValueKind.IntegerList => ConfigValueKind.Integer,
        ConfigValueKind.Any or ConfigValueKind.AnyList => null,
        var kind => kind,
    };

    /// <summary>The parts of a mapping in the order of the record's keys; unknown ones behind them, as they come.</summary>
    public static IEnumerable<LayoutPart> Ordered(LayoutCollection mapping, Type? record)
    {
        if (record is null)
        {
            return mapping.Parts;
        }

        var keys = ConfigShape.Of(record).Keys;
        return mapping.Parts.OrderBy(p => keys.Select((k, i) => k.Name == p.Key?.Value ? i : int.MaxValue).DefaultIfEmpty(0).Min());
    }

    private static string Choice(LayoutNode node, string key) =>
        node is LayoutCollection mapping && mapping.Parts.Find(p => p.Key?.Value == key)?.Value is LayoutScalar scalar ? scalar.Value : "";
}
