using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Files;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms;

/// <summary>One transform: its name, its config record, and what checks and lowers it.</summary>
internal sealed class TransformKind
{
    private readonly Action<ConfigRecord, ValidationContext> _validate;
    private readonly Func<ConfigRecord, LoweringContext, StepPlan> _lower;
    private readonly Action<YamlMapping, NamedFilesCheck>? _checkFiles;

    private TransformKind(
        string name,
        Type configType,
        Action<ConfigRecord, ValidationContext> validate,
        Func<ConfigRecord, LoweringContext, StepPlan> lower,
        Action<YamlMapping, NamedFilesCheck>? checkFiles)
    {
        (Name, ConfigType, _validate, _lower, _checkFiles) = (name, configType, validate, lower, checkFiles);
    }

    /// <summary>The name in proxy.yaml.</summary>
    public string Name { get; }

    /// <summary>The config record.</summary>
    public Type ConfigType { get; }

    /// <summary>Describes a transform.</summary>
    public static TransformKind For<T>(
        string name,
        Action<T, ValidationContext> validate,
        Func<T, LoweringContext, StepPlan> lower,
        Action<T, NamedFilesCheck>? checkFiles = null)
        where T : ConfigRecord => new(
            name,
            typeof(T),
            (c, context) => validate((T)c, context),
            (c, context) => lower((T)c, context),
            checkFiles is null ? null : (config, files) => checkFiles(ConfigBinder.Bind<T>(config), files));

    /// <summary>The settings that it must have.</summary>
    public string[] Required => [.. ConfigShape.Of(ConfigType).Required.Select(k => k.Name)];

    /// <summary>Checks what the user wrote.</summary>
    public void Validate(YamlMapping config, ValidationContext context)
    {
        if (context.Structure.Bind(ConfigType, config) is { } record)
        {
            _validate(record, context);
        }
    }

    /// <summary>Looks into the files that the user named.</summary>
    public void CheckFiles(YamlMapping config, NamedFilesCheck files) => _checkFiles?.Invoke(config, files);

    /// <summary>Makes the step of a valid transform.</summary>
    public StepPlan Lower(YamlMapping config, LoweringContext context) => _lower(context.Structure.Bound(ConfigType, config), context);
}
