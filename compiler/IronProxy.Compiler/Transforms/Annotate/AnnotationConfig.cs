using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.Annotate;

/// <summary>One annotation group.</summary>
internal sealed record AnnotationConfig : ConfigRecord
{
    /// <summary>Where the group acts. Everywhere when absent or empty.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>Header names to record.</summary>
    [Key("headers", Required = true)]
    public LocatedList<Located<string>>? Headers { get; init; }
}
