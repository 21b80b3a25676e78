using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Secrets.AwsSm;

/// <summary>Checks a source in AWS Secrets Manager.</summary>
internal static class AwsSmSourceValidator
{
    public static void Validate(AwsSmSourceConfig config, ValidationContext context)
    {
        if (config.SecretId is { } id)
        {
            context.RequireText(id, "the ARN or name of the secret");
        }

        if (config.Region is { } region)
        {
            AwsText.RequireRegion(region, context.Bag);
        }

        StoreSourceValidator.Validate(config, context);
    }
}
