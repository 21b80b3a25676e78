using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Runtime.LanguageModels;

/// <summary>The Messages API of Anthropic.</summary>
internal sealed class AnthropicApi : IModelApi
{
    /// <summary>The version that gateways of every age know. What is asked and read here is the same in the next one (2026-10-21).</summary>
    private const string Version = "2023-06-01";

    /// <inheritdoc />
    public string Path => "/v1/messages";

    /// <inheritdoc />
    public void Authenticate(HttpRequestMessage request, SecretValue key)
    {
        request.Headers.TryAddWithoutValidation("x-api-key", key.Reveal());
        request.Headers.TryAddWithoutValidation("anthropic-version", Version);
    }

    /// <inheritdoc />
    public void Write(Utf8JsonWriter json, JudgeProviderPlan provider, ModelQuestion question)
    {
        json.WriteString("model", provider.Model);
        json.WriteNumber("max_tokens", provider.MaxTokens);
        json.WriteString("system", question.Instructions);
        json.WriteStartArray("messages");
        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WriteString("content", question.Matter);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <inheritdoc />
    public ModelAnswer Read(JsonElement answer)
    {
        var text = string.Concat(answer.GetProperty("content").EnumerateArray().Where(static b => b.GetProperty("type").GetString() == "text").Select(static b => b.GetProperty("text").GetString()));
        return new ModelAnswer(text, ModelUsage.Read(answer, "input_tokens"), ModelUsage.Read(answer, "output_tokens"));
    }
}
