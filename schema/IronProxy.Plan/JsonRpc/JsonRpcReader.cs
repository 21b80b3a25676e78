using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>Reads messages of JSON-RPC 2.0 to the letter, as <see cref="StrictJson"/> reads the JSON.</summary>
internal static class JsonRpcReader
{
    private const string Version = "2.0";
    private static readonly string[] MessageMembers = ["jsonrpc", "id", "method", "params", "result", "error"];

    /// <summary>Reads one message.</summary>
    /// <returns>False when it is malformed.</returns>
    /// <exception cref="InvalidOperationException">A string in it is no text, such as half of a surrogate pair.</exception>
    public static bool TryRead(JsonElement message, out JsonRpcEnvelope envelope)
    {
        envelope = default;
        var members = new JsonElement[MessageMembers.Length];
        if (!StrictJson.TryMembers(message, MessageMembers, members) || members is not [var version, var id, var method, var parameters, var result, var error]
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

            envelope = new JsonRpcEnvelope(idText is null ? JsonRpcMessageType.Notification : JsonRpcMessageType.Request, method.GetString()!, idText, parameters); // It is a string.
            return true;
        }

        // An answer to a question of the server.
        envelope = new JsonRpcEnvelope(Exists(error) ? JsonRpcMessageType.Error : JsonRpcMessageType.Response, null, idText, default);
        return Exists(result) != Exists(error) && !Exists(parameters) && Exists(id);
    }

    private static bool Exists(JsonElement value) => value.ValueKind != JsonValueKind.Undefined;
}

/// <summary>A message as it was read, before anything is decided. What it holds of the document ends with that.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Method">The method; null for an answer.</param>
/// <param name="Id">Its id, as JSON; null without one.</param>
/// <param name="Parameters">An object, a list, or nothing.</param>
internal readonly record struct JsonRpcEnvelope(JsonRpcMessageType Type, string? Method, string? Id, JsonElement Parameters);
