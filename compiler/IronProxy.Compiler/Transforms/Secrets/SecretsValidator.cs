using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.Secrets;

/// <summary>Checks secret entries.</summary>
internal static class SecretsValidator
{
    private const int ShortPlaceholder = 8;
    private const string AllHeaders = "all headers or none";

    public static void Validate(SecretsConfig config, ValidationContext context)
    {
        foreach (var secret in config.Secrets?.Items ?? [])
        {
            if (secret.Source is { } source)
            {
                SourceValidator.Validate(source, context);
            }

            ValidateMode(secret, context);
            ScrubbingValidator.Validate(secret, secret.ScrubResponses, secret.ScrubStrict, context);
            RuleValidator.Validate(secret, secret.Rules, context);
            context.RequireValue(secret, "match_headers", AllHeaders);
        }
    }

    private static void ValidateMode(SecretConfig secret, ValidationContext context)
    {
        var bag = context.Bag;
        var legacy = secret.FirstLegacyKey();
        if (legacy is { Key: var key } && (secret.Replace is not null || secret.Inject is not null))
        {
            bag.SecretMixesForms(key.Span, key.Value, secret.Replace is not null ? "replace" : "inject");
        }
        else if (secret is { Inject: not null, Replace: not null })
        {
            bag.SecretWithTwoModes(secret.KeySpan("replace"));
        }
        else if (!secret.Has("inject") && !secret.Has("replace") && legacy is null && !context.Structure.IsBroken(secret))
        {
            bag.SecretWithoutMode(secret.Span);
        }

        if (secret.Inject is { } inject)
        {
            // What replaces a placeholder waits to be asked for; what is injected goes everywhere by itself.
            if (!secret.Node.TryGet("rules", out var rules) || rules.Value is YamlSequence { Items.Count: 0 })
            {
                bag.InjectWithoutRules(secret.KeySpan("inject"));
            }

            ValidateInject(inject, context);
        }

        // Keys of the older form beside an inject block were reported, and are no replace block.
        if ((secret.Replace is not null || !secret.Has("inject")) && secret.EffectiveReplace() is { } replace)
        {
            ValidateReplace(replace, secret, context);
        }
    }

    private static void ValidateInject(InjectConfig inject, ValidationContext context)
    {
        var bag = context.Bag;
        if (inject is { Header: not null, QueryParam: not null })
        {
            bag.InjectWithTwoTargets(inject.KeySpan("query_param"));
        }
        else if (!inject.Has("header") && !inject.Has("query_param") && !context.Structure.IsBroken(inject))
        {
            bag.InjectWithoutTarget(inject.Span);
        }

        if (inject.Header is { } header)
        {
            HeaderText.ParseSecretTarget(header, bag);
        }

        if (inject.QueryParam is { } parameter)
        {
            context.RequireText(parameter, "the name of the query parameter");
        }

        if (inject.Formatter is { } formatter)
        {
            if (inject is { QueryParam: not null, Header: null })
            {
                bag.FormatterWithoutHeader(inject.KeySpan("formatter"));
            }
            else
            {
                TemplateText.Parse(formatter, TemplateGrammar.Formatter, bag);
            }
        }
    }

    private static void ValidateReplace(ReplaceConfig replace, SecretConfig secret, ValidationContext context)
    {
        var bag = context.Bag;
        if (!ReferenceEquals(replace.Node, secret.Node))
        {
            context.RequireValue(replace, "match_headers", AllHeaders);
        }

        foreach (var header in replace.MatchHeaders?.Items ?? [])
        {
            HeaderText.ParsePattern(header, bag, secretTarget: true);
        }

        if (replace.ProxyValue is not { } placeholder)
        {
            // In the older form the schema cannot know that the entry is one.
            if (ReferenceEquals(replace.Node, secret.Node) && !secret.Has("proxy_value") && !context.Structure.IsBroken(secret))
            {
                bag.MissingKey(secret.Span, "proxy_value");
            }

            return;
        }

        if (!context.RequireText(placeholder, "the placeholder"))
        {
            return;
        }

        if (placeholder.Value.Length < ShortPlaceholder)
        {
            bag.PlaceholderShort(placeholder.Span, placeholder.Value.Length);
        }

        var scope = placeholder.Value + "\n" + ScopeOf(secret.Rules);
        if (!context.Placeholders.TryAdd(scope, placeholder))
        {
            bag.PlaceholderRepeated(placeholder.Span, context.Placeholders[scope].Span.Line);
        }
    }

    /// <summary>The rules as one text, so that equal rules are found equal.</summary>
    private static string ScopeOf(LocatedList<RuleConfig>? rules) => string.Join('\n', (rules?.Items ?? []).Select(r => string.Join(
        '\t',
        r.Host?.Value.ToLowerInvariant(),
        r.Cidr?.Value,
        string.Join(' ', (r.Methods?.Items ?? []).Select(m => m.Value.ToUpperInvariant()).Order(StringComparer.Ordinal)),
        string.Join(' ', (r.Paths?.Items ?? []).Select(p => p.Value).Order(StringComparer.Ordinal)),
        string.Join(' ', (r.Ports?.Items ?? []).Select(p => p.Value).Order()),
        string.Join(' ', (r.Schemes?.Items ?? []).Select(s => s.Value).Order(StringComparer.Ordinal)),
        string.Join(' ', (r.Clients?.Items ?? []).Select(c => c.Value).Order(StringComparer.Ordinal)))));
}
