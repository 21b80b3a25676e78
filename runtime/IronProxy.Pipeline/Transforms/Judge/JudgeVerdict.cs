using System.Text.Json;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What a language model has decided.</summary>
/// <param name="Allows">Whether the request goes on.</param>
/// <param name="Reason">Why, in the model's words.</param>
internal sealed record JudgeVerdict(bool Allows, string Reason)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads an answer: one JSON object, with nothing around it.</summary>
    /// <returns>Null when it decides nothing.</returns>
    public static JudgeVerdict? Parse(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer, Strict);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("decision", out var decision) || decision.ValueKind != JsonValueKind.String)
            {
                return null;
            }

            var reason = json.RootElement.TryGetProperty("reason", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : ""; // It is text.
            return decision.GetString() switch
            {
                "ALLOW" => new JudgeVerdict(true, reason),
                "DENY" => new JudgeVerdict(false, reason),
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // Half a surrogate pair is JSON, but no text.
        }
    }
}
