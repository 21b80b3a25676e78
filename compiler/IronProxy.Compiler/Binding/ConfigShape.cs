using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Binding;

/// <summary>The kinds of value that a key can take.</summary>
internal enum ConfigValueKind
{
    String,
    Boolean,
    Integer,

    /// <summary>Another config record.</summary>
    Record,

    /// <summary>A mapping whose record is chosen later, by a name beside or in it.</summary>
    Variant,
    StringList,
    IntegerList,
    RecordList,

    /// <summary>A value of any type.</summary>
    Any,

    /// <summary>A list of values of any type.</summary>
    AnyList,
}

/// <summary>One key of a config record.</summary>
internal sealed record ConfigKey(KeyAttribute Attribute, PropertyInfo Property, ConfigValueKind Kind, Type? Record)
{
    /// <summary>The key.</summary>
    public string Name => Attribute.Name;
}

/// <summary>The keys of a config record, read from its properties.</summary>
internal sealed class ConfigShape
{
    private static readonly ConcurrentDictionary<Type, ConfigShape> Cache = new();

    private ConfigShape(Type type)
    {
        Keys = [.. type.GetProperties()
            .Where(p => p.IsDefined(typeof(KeyAttribute)))
            .OrderBy(p => p.DeclaringType == type ? 0 : 1)
            .ThenBy(p => p.MetadataToken)
            .Select(Describe)];
        Required = [.. Keys.Where(k => k.Attribute.Required)];
        ByName = Keys.ToDictionary(k => k.Name, StringComparer.Ordinal);
    }

    /// <summary>The keys, in the order of their declaration; those that records have in common come last.</summary>
    public ImmutableArray<ConfigKey> Keys { get; }

    /// <summary>The keys that must be there.</summary>
    public ImmutableArray<ConfigKey> Required { get; }

    /// <summary>The same by name.</summary>
    public IReadOnlyDictionary<string, ConfigKey> ByName { get; }

    /// <summary>The shape of a record.</summary>
    public static ConfigShape Of(Type type) => Cache.GetOrAdd(type, static t => new ConfigShape(t));

    private static ConfigKey Describe(PropertyInfo property)
    {
        var attribute = property.GetCustomAttribute<KeyAttribute>()!; // The caller has asked for it.
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var (kind, record) = Classify(type);
        return new ConfigKey(attribute, property, kind, record);
    }

    private static (ConfigValueKind Kind, Type? Record) Classify(Type type)
    {
        if (type == typeof(Located<string>))
        {
            return (ConfigValueKind.String, null);
        }

        if (type == typeof(Located<bool>))
        {
            return (ConfigValueKind.Boolean, null);
        }

        if (type == typeof(Located<long>))
        {
            return (ConfigValueKind.Integer, null);
        }

        if (type == typeof(YamlMapping))
        {
            return (ConfigValueKind.Variant, null);
        }

        if (type == typeof(YamlNode))
        {
            return (ConfigValueKind.Any, null);
        }

        if (type == typeof(YamlSequence))
        {
            return (ConfigValueKind.AnyList, null);
        }

        if (type == typeof(LocatedList<Located<string>>))
        {
            return (ConfigValueKind.StringList, null);
        }

        if (type == typeof(LocatedList<Located<long>>))
        {
            return (ConfigValueKind.IntegerList, null);
        }

        if (type.IsAssignableTo(typeof(ConfigRecord)))
        {
            return (ConfigValueKind.Record, type);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(LocatedList<>)
            && type.GenericTypeArguments[0].IsAssignableTo(typeof(ConfigRecord)))
        {
            return (ConfigValueKind.RecordList, type.GenericTypeArguments[0]);
        }

        throw new InvalidOperationException($"{type} cannot be bound");
    }
}
