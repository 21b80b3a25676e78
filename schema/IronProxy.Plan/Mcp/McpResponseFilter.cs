using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>
/// Takes items out of lists, and questions to the client's model out of what a server says. All else stays byte for byte. Lists are told by their shape, a result with a member
/// <c>tools</c>, and not by the question that they answer: a stream that goes on after a break has answers to questions of other requests.
/// </summary>
/// <param name="body">What is filtered.</param>
/// <param name="lists">Whether something may be listed.</param>
/// <param name="samples">Whether the model may be asked with some parameters; null when any may.</param>
/// <param name="error">What stands in the place of an answer that asks what may not be asked.</param>
internal sealed class McpResponseFilter(ReadOnlyMemory<byte> body, Func<McpKind, string, bool> lists, Func<JsonElement, bool>? samples, JsonRpcErrorPlan error)
{
    /// <summary>A method that no client has, so that it answers what stands in the place of a denied question with an error (JSON-RPC 2.0, -32601), and the server need not wait.</summary>
    private const string DeniedMethod = "iron-proxy/denied";

    private static readonly string[] AnswerMembers = ["result"];
    private static readonly string[] MessageMembers = ["result", "id", "method", "params"];
    private static readonly string[] QuestionMembers = ["method", "params"];
    private static readonly string[] InputMembers = ["inputRequests"];
    private static readonly (McpKind Kind, McpListing Listing)[] Listings = [.. McpKind.All.SelectMany(k => k.Listings.Select(l => (k, l)))];
    private static readonly string[] ListMembers = [.. Listings.Select(l => l.Listing.Member)];

    /// <summary>The methods of MCP, up to its revision of 2026-07-28. Records name no others, for a server may write anything there.</summary>
    private static readonly FrozenSet<string> KnownMethods = FrozenSet.ToFrozenSet(
    [
        "ping", McpSampling.Method, "roots/list", "elicitation/create", "tasks/get", "tasks/result", "tasks/list", "tasks/cancel",
        "notifications/cancelled", "notifications/progress", "notifications/message", "notifications/tools/list_changed", "notifications/prompts/list_changed",
        "notifications/resources/list_changed", "notifications/resources/updated", "notifications/elicitation/complete", "notifications/tasks/status",
    ], StringComparer.Ordinal);

    private readonly List<(int Start, int Length, byte[] Bytes)> _edits = [];

    /// <summary>Filters a message, or a list of them.</summary>
    /// <returns>Null when a list in it could be read in two ways.</returns>
    public McpReceipt? Filter(JsonElement root)
    {
        var messages = ImmutableArray.CreateBuilder<McpReceivedMessage>();
        foreach (var message in root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : (JsonElement[])[root])
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                continue; // It answers nothing. Errors of gateways can be anything.
            }

            if (!TryFilter(message, out var filtered, out var denied))
            {
                return null;
            }

            messages.Add(Describe(message, filtered, denied));
        }

        return new McpReceipt(_edits.Count > 0 ? Edited() : null, messages.ToImmutable());
    }

    private bool TryFilter(JsonElement message, out int filtered, out bool denied)
    {
        filtered = 0;
        denied = false;
        var members = new JsonElement[MessageMembers.Length];
        if (!StrictJson.TryMembers(message, samples is null ? AnswerMembers : MessageMembers, members) || members is not [var result, var id, var method, var parameters])
        {
            return false;
        }

        var found = new JsonElement[ListMembers.Length];
        if (result.ValueKind == JsonValueKind.Object && !StrictJson.TryMembers(result, ListMembers, found))
        {
            return false;
        }

        if (samples is not null)
        {
            var input = new JsonElement[InputMembers.Length];
            if (!TryJudge(method, parameters, out var asked) || (result.ValueKind == JsonValueKind.Object && !(StrictJson.TryMembers(result, InputMembers, input) && TryJudge(input[0], out denied))))
            {
                return false;
            }

            if (asked || denied)
            {
                denied = true;
                return TryDeny(message, id, isQuestion: asked);
            }
        }

        for (var i = 0; i < found.Length; i++)
        {
            if (found[i].ValueKind == JsonValueKind.Undefined)
            {
                continue;
            }

            if (found[i].ValueKind != JsonValueKind.Array)
            {
                return false;
            }

            filtered += FilterList(found[i], Listings[i].Kind, Listings[i].Listing.NameMember);
        }

        return true;
    }

    /// <summary>Questions that an answer has in it (MCP since 2026-07-28, multi round-trip requests).</summary>
    private bool TryJudge(JsonElement questions, out bool denied)
    {
        denied = false;
        if (questions.ValueKind == JsonValueKind.Undefined)
        {
            return true;
        }

        if (questions.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var question in questions.EnumerateObject())
        {
            var members = new JsonElement[QuestionMembers.Length];
            if (!StrictJson.TryMembers(question.Value, QuestionMembers, members) || !TryJudge(members[0], members[1], out var asked))
            {
                return false;
            }

            denied |= asked;
        }

        return true;
    }

    /// <summary>A question to the client's model.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="denied">Whether it is one, and may not be asked.</param>
    /// <returns>False for what some clients take for one.</returns>
    private bool TryJudge(JsonElement method, JsonElement parameters, out bool denied)
    {
        denied = false;
        if (method.ValueKind != JsonValueKind.String)
        {
            return true;
        }

        if (!method.ValueEquals(McpSampling.Method))
        {
            return !McpReader.IsVariantMethod(method.GetString()!, McpSampling.Method); // It is a string.
        }

        denied = !samples!(parameters); // It is asked for where there is a list alone.
        return true;
    }

    /// <summary>Puts something that nobody acts on in the place of a message, with its id.</summary>
    private bool TryDeny(JsonElement message, JsonElement id, bool isQuestion)
    {
        if (id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Undefined))
        {
            return false;
        }

        using var made = new MemoryStream();
        using (var json = new Utf8JsonWriter(made))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc"u8, "2.0"u8);
            if (id.ValueKind != JsonValueKind.Undefined)
            {
                json.WritePropertyName("id"u8);
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(id), skipInputValidation: true); // It was read.
            }

            if (isQuestion)
            {
                json.WriteString("method"u8, DeniedMethod);
            }
            else
            {
                json.WriteStartObject("error"u8);
                json.WriteNumber("code"u8, error.Code);
                json.WriteString("message"u8, error.Message);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        Replace(message, made.ToArray());
        return true;
    }

    private int FilterList(JsonElement list, McpKind kind, string nameMember)
    {
        var kept = new List<JsonElement>();
        var count = 0;
        foreach (var item in list.EnumerateArray())
        {
            count++;
            var name = new JsonElement[1];
            if (StrictJson.TryMembers(item, [nameMember], name) && name[0].ValueKind == JsonValueKind.String && lists(kind, name[0].GetString()!)) // It is a string.
            {
                kept.Add(item);
            }
        }

        if (kept.Count < count)
        {
            Replace(list, Joined(kept));
        }

        return count - kept.Count;
    }

    private void Replace(JsonElement element, byte[] bytes)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element);
        body.Span.Overlaps(raw, out var start); // The document stands on these bytes.
        _edits.Add((start, raw.Length, bytes));
    }

    private static byte[] Joined(List<JsonElement> items)
    {
        using var joined = new MemoryStream();
        joined.WriteByte((byte)'[');
        for (var i = 0; i < items.Count; i++)
        {
            joined.Write(i > 0 ? ","u8 : ""u8);
            joined.Write(JsonMarshal.GetRawUtf8Value(items[i]));
        }

        joined.WriteByte((byte)']');
        return joined.ToArray();
    }

    private byte[] Edited()
    {
        using var edited = new MemoryStream();
        var at = 0;
        foreach (var (start, length, bytes) in _edits.OrderBy(e => e.Start))
        {
            edited.Write(body.Span[at..start]);
            edited.Write(bytes);
            at = start + length;
        }

        edited.Write(body.Span[at..]);
        return edited.ToArray();
    }

    private static McpReceivedMessage Describe(JsonElement message, int filtered, bool denied)
    {
        if (!message.TryGetProperty("method"u8, out var method))
        {
            return new McpReceivedMessage(message.TryGetProperty("error"u8, out _) ? JsonRpcMessageType.Error : JsonRpcMessageType.Response, null, filtered, denied);
        }

        var name = method.ValueKind == JsonValueKind.String ? method.GetString()! : ""; // It is a string.
        return new McpReceivedMessage(message.TryGetProperty("id"u8, out _) ? JsonRpcMessageType.Request : JsonRpcMessageType.Notification, KnownMethods.Contains(name) ? name : null, filtered, denied);
    }
}
