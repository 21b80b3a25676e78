using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>Checks a judge.</summary>
internal static class JudgeValidator
{
    private const string Variable = "api_key_env";
    private const string Source = "api_key";

    public static void Validate(JudgeConfig config, ValidationContext context)
    {
        if (config.Name is { } name && context.RequireText(name, "the name") && !context.Judges.TryAdd(name.Value, name.Span.Line))
        {
            context.Bag.JudgeRepeated(name.Span, name.Value, context.Judges[name.Value]);
        }

        // A prompt has lines, so control characters are no mistake in it.
        if (config.Prompt is { } prompt && string.IsNullOrWhiteSpace(prompt.Value))
        {
            context.Bag.EmptyText(prompt.Span, "the prompt");
        }

        if (config.Provider is { } provider)
        {
            ValidateProvider(provider, context);
        }

        foreach (var duration in new[] { config.Timeout, config.CircuitBreaker?.Cooldown, config.Cache?.Ttl })
        {
            if (duration is { } text)
            {
                DurationText.ParsePositiveMilliseconds(text, context.Bag);
            }
        }

        context.RequireItems(config, "rules", "rule");
        RuleValidator.Validate(config, config.Rules, context);
    }

    private static void ValidateProvider(JudgeProviderConfig provider, ValidationContext context)
    {
        if (provider.Model is { } model)
        {
            context.RequireText(model, "the model");
        }

        ValidateKey(provider, context);

        if (provider.BaseUrl is { } url && UrlText.Parse(url, context.Bag, "https://api.openai.com") is { } parsed)
        {
            if (parsed.Contains('?', StringComparison.Ordinal))
            {
                context.Bag.BaseUrlHasQuery(url.Span);
            }
            else if (parsed.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal))
            {
                context.Bag.BaseUrlHasVersion(url.Span);
            }
        }

        foreach (var price in new[] { provider.Price?.Input, provider.Price?.Output })
        {
            if (price is { } text)
            {
                PriceText.ParseNanodollars(text, context.Bag);
            }
        }
    }

    private static void ValidateKey(JudgeProviderConfig provider, ValidationContext context)
    {
        if (!provider.Has(Variable) && !provider.Has(Source) && !context.Structure.IsBroken(provider))
        {
            context.Bag.IdentityMissing(provider.Span, $"{Variable}: or {Source}:");
        }

        if (provider.Has(Variable) && provider.Has(Source))
        {
            context.Bag.IdentityTwice(provider.KeySpan(Source), Source, Variable);
        }

        if (provider.ApiKeyEnv is { } variable)
        {
            context.RequireVariable(variable, "the name of the API key's variable");
        }

        SourceValidator.Validate(provider.ApiKey, context);
    }
}
