using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Secrets.OnePassword;

/// <summary>Checks a source in 1Password.</summary>
internal static class OnePasswordSourceValidator
{
    public static void Validate(OnePasswordSourceConfig config, ValidationContext context)
    {
        if (config.SecretRef is { } reference)
        {
            SecretReferenceText.Require(reference, context.Bag);
        }

        if (config.TokenEnv is { } token)
        {
            context.RequireVariable(token, "the name of the token's variable");
        }

        StoreSourceValidator.Validate(config, context);
    }
}
