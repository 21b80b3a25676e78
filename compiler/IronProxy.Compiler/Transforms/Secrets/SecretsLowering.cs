using System.Collections.Immutable;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Secrets;

/// <summary>Lowers secret entries. Of the older form nothing is left behind this.</summary>
internal static class SecretsLowering
{
    public static SecretsStepPlan Lower(SecretsConfig config, LoweringContext context) => new()
    {
        Secrets = [.. (config.Secrets?.Items ?? []).Select(s => LowerSecret(s, context))],
        At = config.At,
    };

    private static SecretPlan LowerSecret(SecretConfig secret, LoweringContext context)
    {
        var source = LowerSource(secret.Source.Checked());
        return new SecretPlan
        {
            Name = NameOf(source),
            Source = source,
            Inject = secret.Inject is { } inject ? LowerInject(inject, context) : null,
            Replace = secret.EffectiveReplace() is { } replace ? LowerReplace(replace, context) : null,
            Rules = RuleLowering.Lower(secret.Rules, context),
            AllowPlaintext = secret.AllowPlaintext?.Value ?? false,
            At = secret.At,
        };
    }

    private static SecretSourcePlan LowerSource(YamlMapping source)
    {
        source.TryGet("type", out var type);
        return SecretSourceRegistry.Find(((YamlScalar)type.Value).Value).Checked().Lower(source);
    }

    /// <summary>What logs call the secret: never a value, and no folder names.</summary>
    private static string NameOf(SecretSourcePlan source) => source switch
    {
        EnvSourcePlan env => env.Var,
        FileSourcePlan file => file.Path[(file.Path.LastIndexOf('/') + 1)..],
        _ => throw new System.Diagnostics.UnreachableException($"the source {source.Type} has no name"),
    };

    private static InjectPlan LowerInject(InjectConfig inject, LoweringContext context) => new()
    {
        Header = inject.Header?.Value,
        QueryParam = inject.QueryParam?.Value,
        Format = inject.Formatter is { } formatter ? TemplateText.Parse(formatter, context.Repeated).Checked() : null,
    };

    private static ReplacePlan LowerReplace(ReplaceConfig replace, LoweringContext context) => new()
    {
        ProxyValue = replace.ProxyValue.Checked().Value,
        Headers = replace.MatchHeaders is { } headers
            ? [.. headers.Items.Select(h => HeaderText.ParsePattern(h, context.Repeated, secretTarget: true).Checked())]
            : ImmutableArray<HeaderPatternPlan>.Empty,
        Body = replace.MatchBody?.Value ?? false,
        Path = replace.MatchPath?.Value ?? false,
        Query = replace.MatchQuery?.Value ?? false,
        Require = replace.Require?.Value ?? false,
    };
}
