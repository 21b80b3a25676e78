using System.Collections.Immutable;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.HmacSign;

/// <summary>Lowers HMAC signatures.</summary>
internal static class HmacSignLowering
{
    public static HmacSignStepPlan Lower(HmacSignConfig config, LoweringContext context) => new()
    {
        TimestampFormat = config.Timestamp.Checked().Format.Checked().Value,
        Algorithm = config.Signature.Checked().Algorithm.Checked().Value,
        KeyEncoding = config.Signature.Checked().KeyEncoding.Checked().Value,
        OutputEncoding = config.Signature.Checked().OutputEncoding.Checked().Value,
        Message = TemplateText.Parse(
            config.Signature.Checked().Message.Checked(), TemplateGrammar.MessageWith(CredentialNames(config)), context.Repeated).Checked(),
        Credentials = SourceLowering.LowerMap(config.Credentials, context),
        Headers = [.. config.Headers.Checked().Items.Select(h => LowerHeader(h, CredentialNames(config), context))],
        AllowChunkedBody = config.AllowChunkedBody?.Value ?? false,
        ScrubResponses = config.ScrubResponses?.Value ?? false,
        ScrubStrict = config.ScrubStrict?.Value ?? false,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        At = config.At,
    };

    /// <summary>What templates can name behind <c>.Credentials.</c></summary>
    public static ImmutableArray<string> CredentialNames(HmacSignConfig config) =>
        [.. (config.Credentials?.Entries ?? []).Select(e => e.Key.Value)];

    private static HmacHeaderPlan LowerHeader(HmacHeaderConfig header, ImmutableArray<string> names, LoweringContext context) => new(
        header.Name.Checked().Value,
        TemplateText.Parse(header.Value.Checked(), TemplateGrammar.SignedHeaderWith(names), context.Repeated).Checked());
}
