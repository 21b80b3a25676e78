using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Secrets.GcpSm;

/// <summary>Checks a source in Google Secret Manager.</summary>
internal static class GcpSmSourceValidator
{
    public static void Validate(GcpSmSourceConfig config, ValidationContext context)
    {
        if (config.SecretId is { } id && context.RequireText(id, "the name of the secret"))
        {
            GcpSecretName.Parse(id, context.Bag);
        }

        StoreSourceValidator.Validate(config, context);
    }
}
