using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace IronProxy.Plan;

/// <summary>
/// Reads messages of MCP as JSON-RPC 2.0, to the letter. What could be read in two ways is not read: members twice, in another letter case or spelt with escapes, which
/// some servers would take for the ones that are looked at here. Others take the last of two, the first, or stop at a NUL.
/// </summary>
internal static class McpReader
{
    private const string Version = "2.0";
    private const string Completion = "completion/complete";
    private const int MaxRequestDepth = 64;

    /// <summary>Results are for programs that read deeper than this.</summary>
    private const int MaxResponseDepth = 1000;

    private static readonly string[] MessageMembers = ["jsonrpc", "id", "method", "params", "result", "error"];
    private static readonly string[] UseMembers = ["name", "uri", "arguments"];
    private static readonly string[] CompletionMembers = ["ref"];
    private static readonly string[] ReferenceMembers = ["type", "name", "uri"];
    private static readonly string[] GuardedMethods = [.. McpKind.All.SelectMany(k => k.Methods), Completion];

    /// <summary>Reads a body to a server. Null when it is no JSON, or not in UTF-8.</summary>
    public static JsonDocument? ParseRequest(ReadOnlyMemory<byte> body) => Parse(body, MaxRequestDepth);

    /// <summary>Reads a body, or an event, of a server.</summary>
    public static JsonDocument? ParseResponse(ReadOnlyMemory<byte> body) => Parse(body, MaxResponseDepth);

    /// <summary>Reads one message.</summary>
    /// <returns>False when it is malformed.</returns>
    /// <exception cref="InvalidOperationException">A string in it is no text, such as half of a surrogate pair.</exception>
    public static bool TryRead(JsonElement message, out McpEnvelope envelope)
    {
        envelope = default;
        var members = new JsonElement[MessageMembers.Length];
        if (!TryMembers(message, MessageMembers, members) || members is not [var version, var id, var method, var parameters, var result, var error]
            || version.ValueKind != JsonValueKind.String || !version.ValueEquals(Version)
            || id.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null))
        {
            return false;
        }

        var idText = id.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : id.GetRawText();
        if (Exists(method))
        {
            if (Exists(result) || Exists(error) || method.ValueKind != JsonValueKind.String
                || parameters.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object or JsonValueKind.Array))
            {
                return false;
            }

            var name = method.GetString()!; // It is a string.
            envelope = new McpEnvelope(idText is null ? McpMessageType.Notification : McpMessageType.Request, name, idText, null);
            return Array.IndexOf(GuardedMethods, name) >= 0 ? TryReadUse(name, parameters, ref envelope) : !Array.Exists(GuardedMethods, m => IsVariantMethod(name, m));
        }

        // An answer to a question of the server.
        envelope = new McpEnvelope(Exists(error) ? McpMessageType.Error : McpMessageType.Response, null, idText, null);
        return Exists(result) != Exists(error) && !Exists(parameters) && Exists(id);
    }

    /// <summary>Reads members of an object, which may be absent.</summary>
    /// <param name="container">The object.</param>
    /// <param name="names">The members.</param>
    /// <param name="values">Their values; undefined for what is absent.</param>
    /// <returns>False when it is no object, or when something is there that some take for one of the members.</returns>
    /// <exception cref="InvalidOperationException">A name in it is no text.</exception>
    public static bool TryMembers(JsonElement container, string[] names, JsonElement[] values)
    {
        if (container.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var member in container.EnumerateObject())
        {
            var index = Array.FindIndex(names, member.NameEquals);
            if (index >= 0)
            {
                if (JsonMarshal.GetRawUtf8PropertyName(member).Length != Encoding.UTF8.GetByteCount(names[index]))
                {
                    return false; // With an escape.
                }

                values[index] = member.Value;
            }
            else if (Array.Exists(names, n => IsVariant(member.Name, n)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a reader that does not care for letter case, or stops at a NUL, takes one name for the other. Some count the long s and the
    /// Kelvin sign as letters s and k (Unicode simple case folding), which .NET does not.</summary>
    public static bool IsVariant(string name, string other) => Fold(name).Equals(Fold(other), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether some take a method for another one, which it is not.</summary>
    public static bool IsVariantMethod(string name, string other) => IsVariant(Trim(name), other);

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body, int depth)
    {
        if (!Utf8.IsValid(body.Span))
        {
            return null; // Strings are not looked at before they are read, and not all are.
        }

        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = depth });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is thrown for names that are no text.
            return null;
        }
    }

    private static bool TryReadUse(string method, JsonElement parameters, ref McpEnvelope envelope)
    {
        if (method == Completion)
        {
            return TryReadCompletion(parameters, ref envelope);
        }

        var kind = McpKind.All.First(k => k.Methods.Contains(method));
        var members = new JsonElement[UseMembers.Length];
        if (!TryMembers(parameters, UseMembers, members) || members is not [var name, var uri, var arguments]
            || arguments.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null)
            || TextOf(kind == McpKind.Resource ? uri : name) is not { } used)
        {
            return false;
        }

        envelope = envelope with { Use = new McpUse(kind, used, arguments, IsMention: false) };
        return true;
    }

    /// <summary>What may be written for an argument: it names a prompt or a resource, and uses neither.</summary>
    private static bool TryReadCompletion(JsonElement parameters, ref McpEnvelope envelope)
    {
        var reference = new JsonElement[CompletionMembers.Length];
        var members = new JsonElement[ReferenceMembers.Length];
        if (!TryMembers(parameters, CompletionMembers, reference) || !TryMembers(reference[0], ReferenceMembers, members) || members is not [var type, var name, var uri])
        {
            return false;
        }

        var kind = TextOf(type) switch
        {
            "ref/prompt" => McpKind.Prompt,
            "ref/resource" => McpKind.Resource,
            _ => null,
        };
        if (kind is null || TextOf(kind == McpKind.Resource ? uri : name) is not { } used)
        {
            return false;
        }

        envelope = envelope with { Use = new McpUse(kind, used, default, IsMention: true) };
        return true;
    }

    private static string? TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Exists(JsonElement value) => value.ValueKind != JsonValueKind.Undefined;

    /// <summary>Without what some servers take away: blanks, control characters, and slashes at the ends.</summary>
    private static string Trim(string method) => Cut(method).Trim().Trim('/', '\uFEFF').Trim();

    private static string Fold(string name) => Cut(name).Replace('\u017F', 's').Replace('\u212A', 'k');

    private static string Cut(string text) => text.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var end ? text[..end] : text;
}

/// <summary>A message as it was read, before anything is decided. What it holds of the document ends with that.</summary>
internal readonly record struct McpEnvelope(McpMessageType Type, string? Method, string? Id, McpUse? Use);

/// <summary>The use of a tool, prompt or resource.</summary>
/// <param name="Kind">What is used.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">An object, or nothing.</param>
/// <param name="IsMention">It is only named, so that no arguments are asked about.</param>
internal sealed record McpUse(McpKind Kind, string Name, JsonElement Arguments, bool IsMention);
