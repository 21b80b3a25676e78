using System.Text.Json;

namespace IronProxy.Compiler.Files;

/// <summary>The key file of a Google service account. What is in it is never shown.</summary>
internal static class ServiceAccountKey
{
    private static readonly string[] Members = ["client_email", "private_key"];

    /// <summary>Whether the text has what a token is minted with.</summary>
    public static bool LooksUsable(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && Members.All(m => json.RootElement.TryGetProperty(m, out var value) && value.ValueKind == JsonValueKind.String);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
