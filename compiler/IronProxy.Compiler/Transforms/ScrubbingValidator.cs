using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Transforms;

/// <summary>Checks the two keys that are about responses, which are the same in all transforms that have them.</summary>
internal static class ScrubbingValidator
{
    public static void Validate(ConfigRecord record, Located<bool>? responses, Located<bool>? strict, ValidationContext context)
    {
        if (strict is { Value: true } && responses is not { Value: true })
        {
            context.Bag.StrictWithoutScrubbing(record.KeySpan("scrub_strict"));
        }
    }
}
