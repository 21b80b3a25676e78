using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>The key of a Google service account, as Google writes it: a JSON document. <c>ironc</c> looks whether a file is one, and the proxy signs with it.</summary>
public sealed class ServiceAccountKey
{
    /// <summary>What <c>type</c> says of such a key. Other documents of Google's libraries have the same shape and another type.</summary>
    private const string KeyType = "service_account";

    private const string DefaultTokenEndpoint = "https://oauth2.googleapis.com/token";

    private ServiceAccountKey(string email, string privateKey, string? keyId, string? projectId, string tokenEndpoint)
    {
        Email = email;
        PrivateKey = privateKey;
        KeyId = keyId;
        ProjectId = projectId;
        TokenEndpoint = tokenEndpoint;
    }

    /// <summary>The account's name, which is no secret.</summary>
    public string Email { get; }

    /// <summary>The private key, in PEM. It is a secret, and was not looked at.</summary>
    public string PrivateKey { get; }

    /// <summary>The key's name; null when it has none.</summary>
    public string? KeyId { get; }

    /// <summary>The project that the account is in; null when the document does not say.</summary>
    public string? ProjectId { get; }

    /// <summary>URL that assertions are exchanged at.</summary>
    public string TokenEndpoint { get; }

    /// <summary>Reads a key.</summary>
    /// <param name="text">The document.</param>
    /// <param name="problem">Why it is none, as the end of a sentence that repeats nothing of it; null when it is one.</param>
    /// <returns>The key; null when the text is none.</returns>
    public static ServiceAccountKey? TryRead(string text, out string? problem)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return Read(json.RootElement, out problem);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is thrown for texts that are none, such as half of a surrogate pair. Both quote what they do not understand.
            problem = "is no JSON";
            return null;
        }
    }

    private static ServiceAccountKey? Read(JsonElement root, out string? problem)
    {
        if (Text(root, "type") != KeyType || Text(root, "client_email") is not { } email || Text(root, "private_key") is not { } key)
        {
            problem = $"is not the key of a service account: JSON with the type {KeyType}, client_email and private_key";
            return null;
        }

        var endpoint = Text(root, "token_uri") ?? DefaultTokenEndpoint;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url is not { Scheme: "https", UserInfo: "", Fragment: "" })
        {
            problem = "has a token_uri that is no https URL";
            return null;
        }

        problem = null;
        return new ServiceAccountKey(email, key, Text(root, "private_key_id"), Text(root, "project_id"), endpoint);
    }

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.GetString() is { Length: > 0 } text ? text : null;
}
