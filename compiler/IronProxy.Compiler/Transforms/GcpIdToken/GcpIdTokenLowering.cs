using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Transforms.GcpAuth;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.GcpIdToken;

/// <summary>Lowers identity tokens of Google.</summary>
internal static class GcpIdTokenLowering
{
    public static GcpIdTokenStepPlan Lower(GcpIdTokenConfig config, LoweringContext context) => new()
    {
        Keyfile = KeyfileLowering.Lower(config.Keyfile, config.KeyfilePath, context).Checked(),
        Audience = config.Audience.Checked().Value,
        Header = config.Header?.Value ?? GcpIdTokenConfig.Authorization,
        ScrubResponses = config.ScrubResponses?.Value ?? false,
        ScrubStrict = config.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        At = config.At,
    };
}
