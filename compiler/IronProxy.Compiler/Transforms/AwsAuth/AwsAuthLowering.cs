using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.AwsAuth;

/// <summary>Lowers signatures of AWS.</summary>
internal static class AwsAuthLowering
{
    public static AwsAuthStepPlan Lower(AwsAuthConfig config, LoweringContext context) => new()
    {
        Credentials =
        [
            .. new[]
            {
                SourceLowering.Lower("access_key_id", config.AccessKeyId, context),
                SourceLowering.Lower("secret_access_key", config.SecretAccessKey, context),
                SourceLowering.Lower("session_token", config.SessionToken, context),
            }.OfType<CredentialPlan>(),
        ],
        Provider = config.CredentialsProvider is { } provider
            ? new AwsProviderPlan { Type = provider.Type.Checked().Value, Region = provider.Region?.Value }
            : null,
        AllowedRegions = [.. (config.AllowedRegions?.Items ?? []).Select(r => r.Value)],
        AllowedServices = [.. (config.AllowedServices?.Items ?? []).Select(s => s.Value)],
        UnsignedPayload = config.UnsignedPayload?.Value ?? false,
        AllowChunkedBody = config.AllowChunkedBody?.Value ?? false,
        ScrubResponses = config.ScrubResponses?.Value ?? false,
        ScrubStrict = config.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        At = config.At,
    };
}
