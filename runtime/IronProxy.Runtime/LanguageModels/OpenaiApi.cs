using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Runtime.LanguageModels;

/// <summary>The Chat Completions API of OpenAI.</summary>
internal sealed class OpenaiApi : IModelApi
{
    /// <inheritdoc />
    public string Path => "/v1/chat/completions";

    /// <inheritdoc />
    public void Authenticate(HttpRequestMessage request, SecretValue key) => request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key.Reveal()}");

    /// <inheritdoc />
    public void Write(Utf8JsonWriter json, JudgeProviderPlan provider, ModelQuestion question)
    {
        json.WriteString("model", provider.Model);
        json.WriteNumber("max_completion_tokens", provider.MaxTokens);
        json.WriteStartArray("messages");
        foreach (var (role, content) in ((string, string)[])[("system", question.Instructions), ("user", question.Matter)])
        {
            json.WriteStartObject();
            json.WriteString("role", role);
            json.WriteString("content", content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc />
    public ModelAnswer Read(JsonElement answer)
    {
        // A model that refuses to answer has no content: it says so in another member.
        var message = answer.GetProperty("choices").EnumerateArray().First().GetProperty("message");
        var text = message.GetProperty("content").GetString() ?? (message.TryGetProperty("refusal", out var refusal) ? refusal.GetString() : null) ?? "";
        return new ModelAnswer(text, ModelUsage.Read(answer, "prompt_tokens"), ModelUsage.Read(answer, "completion_tokens"));
    }
}
