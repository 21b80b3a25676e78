using System.Globalization;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Syntax;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.GithubApp;

/// <summary>Lowers tokens of a GitHub App.</summary>
internal static class GithubAppLowering
{
    public static GithubAppStepPlan Lower(GithubAppConfig config, LoweringContext context) => new()
    {
        Issuer = config.ClientId?.Value ?? config.AppId.Checked().Value.ToString(CultureInfo.InvariantCulture),
        PrivateKey = SourceLowering.Lower("private_key", config.PrivateKey, context).Checked(),
        InstallationId = config.InstallationId?.Value,
        Owner = config.Owner?.Value,
        Repositories = [.. (config.Repositories?.Items ?? []).Select(r => r.Value)],
        Permissions = [.. (config.Permissions?.Entries ?? []).Select(p => new GithubPermissionPlan(p.Key.Value, ((YamlScalar)p.Value).Value))],
        ApiUrl = (config.ApiUrl?.Value ?? GithubAppConfig.DefaultApi).TrimEnd('/'),
        ScrubResponses = config.ScrubResponses?.Value ?? false,
        ScrubStrict = config.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        At = config.At,
    };
}
