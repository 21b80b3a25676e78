using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Transforms.BodyCapture;

/// <summary>Checks a body capture.</summary>
internal static class BodyCaptureValidator
{
    public static void Validate(BodyCaptureConfig config, ValidationContext context) => RuleValidator.Validate(config, config.Rules, context);
}
