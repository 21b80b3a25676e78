using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets;

/// <summary>One type of secret source: its config record, and what checks and lowers it.</summary>
internal sealed class SecretSourceKind
{
    private readonly Action<SecretSourceConfig, ValidationContext> _validate;
    private readonly Func<SecretSourceConfig, LoweringContext, SecretSourcePlan> _lower;

    private SecretSourceKind(string name, Type configType, Action<SecretSourceConfig, ValidationContext> validate, Func<SecretSourceConfig, LoweringContext, SecretSourcePlan> lower)
    {
        (Name, ConfigType, _validate, _lower) = (name, configType, validate, lower);
    }

    /// <summary>The type in proxy.yaml.</summary>
    public string Name { get; }

    /// <summary>The config record.</summary>
    public Type ConfigType { get; }

    /// <summary>Describes a type of source.</summary>
    public static SecretSourceKind For<T>(string name, Action<T, ValidationContext> validate, Func<T, LoweringContext, SecretSourcePlan> lower)
        where T : SecretSourceConfig => new(name, typeof(T), (c, context) => validate((T)c, context), (c, context) => lower((T)c, context));

    /// <summary>Checks what the user wrote.</summary>
    public void Validate(YamlMapping mapping, ValidationContext context)
    {
        if (context.Structure.Bind(ConfigType, mapping) is SecretSourceConfig config)
        {
            if (config.JsonKey is { } key)
            {
                context.RequireText(key, "the JSON key");
            }

            _validate(config, context);
        }
    }

    /// <summary>Makes the plan of a valid source.</summary>
    public SecretSourcePlan Lower(YamlMapping mapping, LoweringContext context)
    {
        var config = (SecretSourceConfig)context.Structure.Bound(ConfigType, mapping);
        return _lower(config, context) with { JsonKey = config.JsonKey?.Value };
    }
}
