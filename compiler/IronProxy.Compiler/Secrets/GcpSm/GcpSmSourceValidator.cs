using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

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

        if (config.Ttl is { } ttl)
        {
            DurationText.ParseMilliseconds(ttl, context.Bag);
        }
    }
}
