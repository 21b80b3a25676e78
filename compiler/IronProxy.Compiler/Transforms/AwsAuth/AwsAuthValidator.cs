using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.AwsAuth;

/// <summary>Checks signatures of AWS.</summary>
internal static class AwsAuthValidator
{
    private static readonly string[] KeyParts = ["access_key_id", "secret_access_key", "session_token"];

    public static void Validate(AwsAuthConfig config, ValidationContext context)
    {
        ValidateCredentials(config, context);
        context.RequireValue(config, "allowed_regions", "all regions or none");
        context.RequireValue(config, "allowed_services", "all services or none");
        foreach (var region in config.AllowedRegions?.Items ?? [])
        {
            AwsText.RequireRegion(region, context.Bag);
        }

        foreach (var service in config.AllowedServices?.Items ?? [])
        {
            AwsText.RequireService(service, context.Bag);
        }

        ScrubbingValidator.Validate(config, config.ScrubResponses, config.ScrubStrict, context);
        context.RequireItems(config, "rules", "rule");
        RuleValidator.Validate(config, config.Rules, context);
    }

    private static void ValidateCredentials(AwsAuthConfig config, ValidationContext context)
    {
        if (config.Has("credentials_provider"))
        {
            foreach (var key in KeyParts.Where(config.Has))
            {
                context.Bag.IdentityTwice(config.KeySpan(key), key, "credentials_provider");
            }
        }
        else if (!(config.Has("access_key_id") && config.Has("secret_access_key")) && !context.Structure.IsBroken(config))
        {
            context.Bag.IdentityMissing(config.Span, "access_key_id: and secret_access_key:, or credentials_provider:");
        }

        SourceValidator.Validate(config.AccessKeyId, context);
        SourceValidator.Validate(config.SecretAccessKey, context);
        SourceValidator.Validate(config.SessionToken, context);
        if (config.CredentialsProvider?.Region is { } region)
        {
            AwsText.RequireRegion(region, context.Bag);
        }
    }
}
