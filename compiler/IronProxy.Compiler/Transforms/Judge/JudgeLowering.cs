using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>Lowers a judge.</summary>
internal static class JudgeLowering
{
    private const string KeyName = "api_key";
    private const string DefaultFallback = "deny";
    private const long DefaultTimeoutMs = 8_000;
    private const int DefaultMaxConcurrent = 100;
    private const int DefaultFailures = 5;
    private const long DefaultCooldownMs = 10_000;
    private const int DefaultMaxTokens = 256;
    private const int DefaultMaxEntries = 1000;

    public static JudgeStepPlan Lower(JudgeConfig config, LoweringContext context) => new()
    {
        Name = config.Name.Checked().Value,
        Prompt = config.Prompt.Checked().Value,
        Provider = LowerProvider(config.Provider.Checked(), context),
        Fallback = config.Fallback?.Value ?? DefaultFallback,
        TimeoutMs = config.Timeout is { } timeout ? DurationText.ParsePositiveMilliseconds(timeout, context.Repeated).Checked() : DefaultTimeoutMs,
        MaxConcurrent = (int)(config.MaxConcurrent?.Value ?? DefaultMaxConcurrent),
        CircuitBreaker = LowerBreaker(config.CircuitBreaker, context),
        Cache = config.Cache is { } cache
            ? new VerdictCachePlan(DurationText.ParsePositiveMilliseconds(cache.Ttl.Checked(), context.Repeated).Checked(), (int)(cache.MaxEntries?.Value ?? DefaultMaxEntries))
            : null,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        At = config.At,
    };

    private static JudgeProviderPlan LowerProvider(JudgeProviderConfig provider, LoweringContext context)
    {
        var type = provider.Type.Checked().Value;
        var url = provider.BaseUrl is { } written ? UrlText.Parse(written, context.Repeated).Checked() : $"https://api.{type}.com";
        return new JudgeProviderPlan
        {
            Type = type,
            Model = provider.Model.Checked().Value,
            ApiKey = provider.ApiKeyEnv is { } variable
                ? new CredentialPlan { Name = KeyName, Source = new EnvSourcePlan { Var = variable.Value, At = variable.At } }
                : SourceLowering.Lower(KeyName, provider.ApiKey, context).Checked(),
            BaseUrl = url.TrimEnd('/'),
            MaxTokens = (int)(provider.MaxTokens?.Value ?? DefaultMaxTokens),
            Price = provider.Price is { } price
                ? new TokenPricePlan(PriceText.ParseNanodollars(price.Input.Checked(), context.Repeated).Checked(), PriceText.ParseNanodollars(price.Output.Checked(), context.Repeated).Checked())
                : null,
        };
    }

    private static CircuitBreakerPlan LowerBreaker(CircuitBreakerConfig? breaker, LoweringContext context) => new(
        (int)(breaker?.ConsecutiveFailures?.Value ?? DefaultFailures),
        breaker?.Cooldown is { } cooldown ? DurationText.ParsePositiveMilliseconds(cooldown, context.Repeated).Checked() : DefaultCooldownMs);
}
