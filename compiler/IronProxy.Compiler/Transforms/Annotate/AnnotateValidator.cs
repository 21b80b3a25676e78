using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.Annotate;

/// <summary>Checks annotations.</summary>
internal static class AnnotateValidator
{
    public static void Validate(AnnotateConfig config, ValidationContext context)
    {
        foreach (var annotation in config.Annotations?.Items ?? [])
        {
            RuleValidator.Validate(annotation, annotation.Rules, context);
            foreach (var header in annotation.Headers?.Items ?? [])
            {
                HeaderText.ParseName(header, context.Bag);
            }
        }
    }
}
