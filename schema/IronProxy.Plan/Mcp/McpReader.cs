using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>Reads what messages of MCP use, to the letter, as <see cref="JsonRpcReader"/> reads the messages.</summary>
internal static class McpReader
{
    private const string Completion = "completion/complete";

    private static readonly string[] UseMembers = ["name", "uri", "arguments"];
    private static readonly string[] CompletionMembers = ["ref"];
    private static readonly string[] ReferenceMembers = ["type", "name", "uri"];
    private static readonly string[] GuardedMethods = [.. McpKind.All.SelectMany(k => k.Methods), Completion];

    /// <summary>Reads one message.</summary>
    /// <returns>False when it is malformed.</returns>
    /// <exception cref="InvalidOperationException">A string in it is no text, such as half of a surrogate pair.</exception>
    public static bool TryRead(JsonElement message, out McpEnvelope envelope)
    {
        var isRead = JsonRpcReader.TryRead(message, out var read);
        envelope = new McpEnvelope(read.Type, read.Method, read.Id, null);
        return isRead && (read.Method is not { } name
            || (Array.IndexOf(GuardedMethods, name) >= 0 ? TryReadUse(name, read.Parameters, ref envelope) : !Array.Exists(GuardedMethods, m => IsVariantMethod(name, m))));
    }

    /// <summary>Whether some take a method for another one, which it is not.</summary>
    public static bool IsVariantMethod(string name, string other) => StrictJson.IsVariant(Trim(name), other);

    private static bool TryReadUse(string method, JsonElement parameters, ref McpEnvelope envelope)
    {
        if (method == Completion)
        {
            return TryReadCompletion(parameters, ref envelope);
        }

        var kind = McpKind.All.First(k => k.Methods.Contains(method));
        var members = new JsonElement[UseMembers.Length];
        if (!StrictJson.TryMembers(parameters, UseMembers, members) || members is not [var name, var uri, var arguments]
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
        if (!StrictJson.TryMembers(parameters, CompletionMembers, reference) || !StrictJson.TryMembers(reference[0], ReferenceMembers, members) || members is not [var type, var name, var uri])
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

    /// <summary>Without what some servers take away: blanks, control characters, and slashes at the ends.</summary>
    private static string Trim(string method) => StrictJson.Cut(method).Trim().Trim('/', '\uFEFF').Trim();
}

/// <summary>A message as it was read, before anything is decided. What it holds of the document ends with that.</summary>
internal readonly record struct McpEnvelope(JsonRpcMessageType Type, string? Method, string? Id, McpUse? Use);

/// <summary>The use of a tool, prompt or resource.</summary>
/// <param name="Kind">What is used.</param>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">An object, or nothing.</param>
/// <param name="IsMention">It is only named, so that no arguments are asked about.</param>
internal sealed record McpUse(McpKind Kind, string Name, JsonElement Arguments, bool IsMention);
