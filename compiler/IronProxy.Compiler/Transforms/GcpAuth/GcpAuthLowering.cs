using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.GcpAuth;

/// <summary>Lowers tokens of Google Cloud.</summary>
internal static class GcpAuthLowering
{
    public static GcpAuthStepPlan Lower(GcpAuthConfig config, LoweringContext context) => new()
    {
        Keyfile = KeyfileLowering.Lower(config.Keyfile, config.KeyfilePath, context),
        Provider = config.CredentialsProvider?.Type?.Value,
        Subject = config.Subject?.Value,
        Scopes = [.. config.Scopes.Checked().Items.Select(s => s.Value)],
        ScrubResponses = config.ScrubResponses?.Value ?? false,
        ScrubStrict = config.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(config.Rules, context),
        At = config.At,
    };
}
