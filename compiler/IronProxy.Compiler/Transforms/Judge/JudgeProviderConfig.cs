using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>A language model.</summary>
internal sealed record JudgeProviderConfig : ConfigRecord
{
    /// <summary>The Messages API of Anthropic.</summary>
    public const string Anthropic = "anthropic";

    /// <summary>The Chat Completions API of OpenAI.</summary>
    public const string Openai = "openai";

    /// <summary>Whose API it is.</summary>
    [Key("type", Required = true, OneOf = [Anthropic, Openai])]
    public Located<string>? Type { get; init; }

    /// <summary>The model's id.</summary>
    [Key("model", Required = true)]
    public Located<string>? Model { get; init; }

    /// <summary>Environment variable that holds the API key. Excludes api_key.</summary>
    [Key("api_key_env")]
    public Located<string>? ApiKeyEnv { get; init; }

    /// <summary>Source of the API key. Excludes api_key_env.</summary>
    [Key("api_key", Holds = KeyContent.Source)]
    public YamlMapping? ApiKey { get; init; }

    /// <summary>Where the API begins, without /v1. That of Anthropic or OpenAI when absent.</summary>
    [Key("base_url")]
    public Located<string>? BaseUrl { get; init; }

    /// <summary>How long an answer may be, in tokens.</summary>
    [Key("max_tokens", Default = 256L, Minimum = 1, Maximum = int.MaxValue)]
    public Located<long>? MaxTokens { get; init; }

    /// <summary>What tokens cost. Without it no costs are recorded.</summary>
    [Key("price")]
    public TokenPriceConfig? Price { get; init; }
}
