using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.BodyCapture;

/// <summary>Copies the beginning of request bodies, as the workload sent them, onto the audit record.</summary>
internal sealed record BodyCaptureConfig : ConfigRecord
{
    /// <summary>How many bytes of the body are recorded. The request itself is never cut.</summary>
    [Key("max_request_body_bytes", Default = 16384L, Minimum = 1, Maximum = 2_000_000_000)]
    public Located<long>? MaxRequestBodyBytes { get; init; }

    /// <summary>Where the transform acts. Everywhere when absent or empty.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
