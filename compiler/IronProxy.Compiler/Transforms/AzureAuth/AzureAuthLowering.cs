using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.AzureAuth;

/// <summary>Lowers tokens of Microsoft Entra ID.</summary>
internal static class AzureAuthLowering
{
    public static AzureAuthStepPlan Lower(AzureAuthConfig config, LoweringContext context) => new()
    {
        TenantId = config.TenantId?.Value,
        ClientId = config.ClientId?.Value,
        Credential = AzureAuthValidator.Credentials.Select(k => SourceLowering.Lower(k, config.Credential(k), context)).OfType<CredentialPlan>().FirstOrDefault(),
        Provider = config.CredentialsProvider?.Type?.Value,
        Scope = config.Scope.Checked().Value,
        AuthorityHost = (config.AuthorityHost?.Value ?? AzureAuthConfig.DefaultAuthority).TrimEnd('/'),
        ScrubResponses = config.ScrubResponses?.Value ?? false,
        ScrubStrict = config.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        At = config.At,
    };
}
