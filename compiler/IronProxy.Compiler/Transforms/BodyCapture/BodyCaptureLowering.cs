using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.BodyCapture;

/// <summary>Lowers a body capture.</summary>
internal static class BodyCaptureLowering
{
    private const int DefaultBytes = 16384;

    public static BodyCaptureStepPlan Lower(BodyCaptureConfig config, LoweringContext context) => new()
    {
        MaxRequestBodyBytes = (int)(config.MaxRequestBodyBytes?.Value ?? DefaultBytes),
        Rules = RuleLowering.Lower(config.Rules, context),
        At = config.At,
    };
}
