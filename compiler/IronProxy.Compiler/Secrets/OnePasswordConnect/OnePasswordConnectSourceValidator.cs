using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Secrets.OnePasswordConnect;

/// <summary>Checks a source behind 1Password Connect.</summary>
internal static class OnePasswordConnectSourceValidator
{
    public static void Validate(OnePasswordConnectSourceConfig config, ValidationContext context)
    {
        if (config.SecretRef is { } reference)
        {
            SecretReferenceText.Require(reference, context.Bag);
        }

        if (config.HostEnv is { } host)
        {
            context.RequireVariable(host, "the name of the server's variable");
        }

        if (config.TokenEnv is { } token)
        {
            context.RequireVariable(token, "the name of the token's variable");
        }

        StoreSourceValidator.Validate(config, context);
    }
}
