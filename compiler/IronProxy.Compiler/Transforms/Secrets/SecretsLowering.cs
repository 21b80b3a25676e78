using System.Collections.Immutable;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
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
        var source = SourceLowering.Lower(secret.Source.Checked(), context);
        return new SecretPlan
        {
            Name = source.DisplayName,
            Source = source,
            Inject = secret.Inject is { } inject ? LowerInject(inject, context) : null,
            Replace = secret.EffectiveReplace() is { } replace ? LowerReplace(replace, context) : null,
            Rules = RuleLowering.Lower(secret.Rules, context),
            AllowPlaintext = secret.AllowPlaintext?.Value ?? false,
            ScrubResponses = secret.ScrubResponses is { Value: true } ? true : null,
            ScrubStrict = secret.ScrubStrict is { Value: true } ? true : null,
            At = secret.At,
        };
    }

    private static InjectPlan LowerInject(InjectConfig inject, LoweringContext context) => new()
    {
        Header = inject.Header?.Value,
        QueryParam = inject.QueryParam?.Value,
        Format = inject.Formatter is { } formatter ? TemplateText.Parse(formatter, TemplateGrammar.Formatter, context.Repeated).Checked() : null,
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
