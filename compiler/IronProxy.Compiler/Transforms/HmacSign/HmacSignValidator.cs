using System.Collections.Immutable;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.HmacSign;

/// <summary>Checks HMAC signatures.</summary>
internal static class HmacSignValidator
{
    private const string KeyName = "secret";

    public static void Validate(HmacSignConfig config, ValidationContext context)
    {
        SourceValidator.ValidateMap(config.Credentials, name => RequireFieldName(name, context), context);
        if (config.Credentials is { } credentials && !credentials.TryGet(KeyName, out _))
        {
            context.Bag.SigningKeyMissing(config.KeySpan("credentials"));
        }

        var names = HmacSignLowering.CredentialNames(config);
        if (config.Signature?.Message is { } message)
        {
            TemplateText.Parse(message, TemplateGrammar.MessageWith(names), context.Bag);
        }

        context.RequireItems(config, "headers", "header");
        ValidateHeaders(config, names, context);
        ScrubbingValidator.Validate(config, config.ScrubResponses, config.ScrubStrict, context);
        context.RequireItems(config, "rules", "rule");
        RuleValidator.Validate(config, config.Rules, context);
    }

    /// <summary>Go's templates reach a member by a name of letters, digits and underscores.</summary>
    private static void RequireFieldName(Located<string> name, ValidationContext context)
    {
        if (name.Value.Length == 0 || char.IsAsciiDigit(name.Value[0]) || !name.Value.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            context.Bag.CredentialNameInvalid(name.Span, name.Value);
        }
    }

    private static void ValidateHeaders(HmacSignConfig config, ImmutableArray<string> names, ValidationContext context)
    {
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var understood = config.Headers is { Items.Count: > 0 };
        var signed = false;
        foreach (var header in config.Headers?.Items ?? [])
        {
            if (header.Name is { } name && HeaderText.ParseSecretTarget(name, context.Bag) is { } text && !seen.TryAdd(text, name.Span.Line))
            {
                context.Bag.HeaderRepeated(name.Span, text, seen[text]);
            }

            var value = header.Value is { } template ? TemplateText.Parse(template, TemplateGrammar.SignedHeaderWith(names), context.Bag) : null;
            understood &= value is not null;
            signed |= value is { } parts && parts.Any(UsesSignature);
        }

        if (understood && !signed)
        {
            context.Bag.SignatureUnused(config.KeySpan("headers"));
        }
    }

    private static bool UsesSignature(TemplatePartPlan part) => part.Field == "Signature" || part.Base64?.Any(UsesSignature) == true;
}
