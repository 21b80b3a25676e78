using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Secrets.AwsSsm;

/// <summary>Checks a source in AWS Systems Manager.</summary>
internal static class AwsSsmSourceValidator
{
    public static void Validate(AwsSsmSourceConfig config, ValidationContext context)
    {
        if (config.Name is { } name)
        {
            context.RequireText(name, "the name or ARN of the parameter");
        }

        if (config.Region is { } region)
        {
            AwsText.RequireRegion(region, context.Bag);
        }

        StoreSourceValidator.Validate(config, context);
    }
}
