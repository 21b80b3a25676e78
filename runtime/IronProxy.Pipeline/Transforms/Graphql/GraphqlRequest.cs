using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What one request asks a server of GraphQL for.</summary>
/// <param name="Document">The document; null for a persisted query.</param>
/// <param name="Hash">The SHA-256 hash of a persisted query, in lower hexadecimal digits; null without one.</param>
/// <param name="Operation">The operation of the document that is asked for; null when it does not say.</param>
/// <param name="Variables">The values of its variables: an object, or nothing.</param>
internal sealed partial record GraphqlRequest(string? Document, string? Hash, string? Operation, JsonElement Variables)
{
    private const string QueryMember = "query";

    /// <summary>How long the values of its variables are, as they are written.</summary>
    public int VariablesLength => Variables.ValueKind == JsonValueKind.Undefined ? 0 : JsonMarshal.GetRawUtf8Value(Variables).Length;
    private const string PersistedQuery = "persistedQuery";
    private const string Sha256Hash = "sha256Hash";

    private static readonly string[] Members = [QueryMember, "operationName", "variables", "extensions"];
    private static readonly string[] PersistedMember = [PersistedQuery];
    private static readonly string[] HashMember = [Sha256Hash];

    /// <summary>Parameters of URLs that servers take for a request, or for the name of one that they keep.</summary>
    private static readonly string[] Parameters = [.. Members, "id", "doc_id", "documentId", "document_id", "queryId", "query_id", "hash", Sha256Hash, PersistedQuery];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a body of JSON: one request, or a batch of them.</summary>
    /// <returns>Null when it is malformed.</returns>
    public static ImmutableArray<GraphqlRequest>? ReadJson(ReadOnlyMemory<byte> body, out bool isBatch)
    {
        isBatch = false;
        using var document = StrictJson.ParseRequest(body);
        if (document is null)
        {
            return null;
        }

        isBatch = document.RootElement.ValueKind == JsonValueKind.Array;
        var requests = ImmutableArray.CreateBuilder<GraphqlRequest>();
        foreach (var element in isBatch ? [.. document.RootElement.EnumerateArray()] : (JsonElement[])[document.RootElement])
        {
            var members = new JsonElement[Members.Length];

            // What else is there, such as the name of a document that the server keeps, might be taken in the place of these.
            if (!StrictJson.TryMembers(element, Members, members) || element.EnumerateObject().Any(m => !Members.Contains(m.Name))
                || members is not [var query, var operation, var variables, var extensions]
                || Read(query, operation, variables, extensions) is not { } request)
            {
                return null;
            }

            requests.Add(request);
        }

        return requests.Count == 0 ? null : requests.ToImmutable();
    }

    /// <summary>Reads a body that is a document.</summary>
    /// <returns>Null when it is malformed.</returns>
    public static GraphqlRequest? ReadText(byte[] body) => TextOf(body) is { Length: > 0 } text ? new GraphqlRequest(text, null, null, default) : null;

    /// <summary>Reads the query of a URL.</summary>
    /// <returns>Null when it is malformed.</returns>
    public static GraphqlRequest? ReadUrl(string query)
    {
        var found = new string?[Members.Length];
        if (!TryParameters(query, (name, value) => Array.IndexOf(Members, name) is >= 0 and var index && found[index] is null && (found[index] = value) is not null))
        {
            return null;
        }

        try
        {
            using var variables = found[2] is { } given ? JsonDocument.Parse(given, new JsonDocumentOptions { AllowDuplicateProperties = false }) : null;
            using var extensions = found[3] is { } extended ? JsonDocument.Parse(extended, new JsonDocumentOptions { AllowDuplicateProperties = false }) : null;
            using var texts = JsonSerializer.SerializeToDocument(new[] { found[0], found[1] });
            return Read(
                found[0] is null ? default : texts.RootElement[0], found[1] is null ? default : texts.RootElement[1], variables?.RootElement ?? default, extensions?.RootElement ?? default);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether the query of a URL has nothing that a server takes for a request, or a part of one.</summary>
    public static bool IsFreeOfParameters(string query) => TryParameters(query, static (_, _) => false);

    private static GraphqlRequest? Read(JsonElement query, JsonElement operation, JsonElement variables, JsonElement extensions)
    {
        if (query.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.String)
            || operation.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.String)
            || variables.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object)
            || extensions.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object)
            || !TryReadHash(extensions, out var hash))
        {
            return null;
        }

        var document = query.ValueKind == JsonValueKind.String ? query.GetString() : null;
        var name = operation.ValueKind == JsonValueKind.String ? operation.GetString() : null;
        if (document is { Length: 0 } || (document is null && hash is null))
        {
            return null;
        }

        // A server may go by the hash and not by the document.
        if (document is not null && hash is not null && Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document))) != hash)
        {
            return null;
        }

        return new GraphqlRequest(document, hash, name is { Length: 0 } ? null : name, variables.ValueKind == JsonValueKind.Object ? variables.Clone() : default);
    }

    private static bool TryReadHash(JsonElement extensions, out string? hash)
    {
        hash = null;
        if (extensions.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var persisted = new JsonElement[1];
        var value = new JsonElement[1];
        if (!StrictJson.TryMembers(extensions, PersistedMember, persisted))
        {
            return false;
        }

        if (persisted[0].ValueKind == JsonValueKind.Undefined)
        {
            return true;
        }

        hash = StrictJson.TryMembers(persisted[0], HashMember, value) && value[0].ValueKind == JsonValueKind.String ? value[0].GetString() : null;
        return hash is not null && Sha256().IsMatch(hash);
    }

    /// <summary>Goes through the parameters that a server may take for a part of a request.</summary>
    /// <returns>False when the query has no one reading, or one of them is not accepted.</returns>
    private static bool TryParameters(string query, Func<string, string, bool> accept)
    {
        var text = query.StartsWith('?') ? query[1..] : query;
        if (text.Contains(';', StringComparison.Ordinal))
        {
            return false; // Some take it for what stands between two parameters.
        }

        foreach (var parameter in text.Split('&'))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (Decode(equals < 0 ? parameter : parameter[..equals]) is not { } name || Decode(equals < 0 ? "" : parameter[(equals + 1)..]) is not { } value)
            {
                return false;
            }

            // query[], query[0] and query.a are lists and objects to some.
            var plain = name.AsSpan().Trim(" ?\t").ToString();
            var end = plain.AsSpan().IndexOfAny("[.");
            if (Parameters.Any(p => StrictJson.IsVariant(end < 0 ? plain : plain[..end], p)) && !accept(name, value))
            {
                return false;
            }
        }

        return true;
    }

    private static string? Decode(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var escaped))
                {
                    return null;
                }

                bytes.Add(escaped);
                i += 2;
            }
            else if (text[i] > 0x7F)
            {
                return null;
            }
            else
            {
                bytes.Add(text[i] == '+' ? (byte)' ' : (byte)text[i]);
            }
        }

        return TextOf([.. bytes]);
    }

    private static string? TextOf(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    [GeneratedRegex("\\A[0-9a-f]{64}\\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Sha256();
}
