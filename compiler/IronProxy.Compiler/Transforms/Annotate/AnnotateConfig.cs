using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Annotate;

/// <summary>Copies request headers, as the workload sent them, onto the audit record.</summary>
internal sealed record AnnotateConfig : ConfigRecord
{
    /// <summary>The annotation groups.</summary>
    [Key("annotations")]
    public LocatedList<AnnotationConfig>? Annotations { get; init; }
}
