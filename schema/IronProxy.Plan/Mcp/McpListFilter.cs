using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace IronProxy.Plan;

/// <summary>
/// Takes items out of lists. All else stays byte for byte. Lists are told by their shape, a result with a member <c>tools</c>, and not by the question that they answer:
/// a stream that goes on after a break has answers to questions of other requests.
/// </summary>
/// <param name="body">What is filtered.</param>
/// <param name="lists">Whether something may be listed.</param>
internal sealed class McpListFilter(ReadOnlyMemory<byte> body, Func<McpKind, string, bool> lists)
{
    private static readonly string[] AnswerMembers = ["result"];
    private static readonly (McpKind Kind, McpListing Listing)[] Listings = [.. McpKind.All.SelectMany(k => k.Listings.Select(l => (k, l)))];
    private static readonly string[] ListMembers = [.. Listings.Select(l => l.Listing.Member)];

    /// <summary>The methods of MCP, up to its revision of 2026-07-28. Records name no others, for a server may write anything there.</summary>
    private static readonly FrozenSet<string> KnownMethods = FrozenSet.ToFrozenSet(
    [
        "ping", "sampling/createMessage", "roots/list", "elicitation/create", "tasks/get", "tasks/result", "tasks/list", "tasks/cancel",
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

            if (!TryFilter(message, out var filtered))
            {
                return null;
            }

            messages.Add(Describe(message, filtered));
        }

        return new McpReceipt(_edits.Count > 0 ? Edited() : null, messages.ToImmutable());
    }

    private bool TryFilter(JsonElement message, out int filtered)
    {
        filtered = 0;
        var answer = new JsonElement[AnswerMembers.Length];
        if (!McpReader.TryMembers(message, AnswerMembers, answer))
        {
            return false;
        }

        var result = answer[0];
        var found = new JsonElement[ListMembers.Length];
        if (result.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        if (!McpReader.TryMembers(result, ListMembers, found))
        {
            return false;
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

    private int FilterList(JsonElement list, McpKind kind, string nameMember)
    {
        var kept = new List<JsonElement>();
        var count = 0;
        foreach (var item in list.EnumerateArray())
        {
            count++;
            var name = new JsonElement[1];
            if (McpReader.TryMembers(item, [nameMember], name) && name[0].ValueKind == JsonValueKind.String && lists(kind, name[0].GetString()!)) // It is a string.
            {
                kept.Add(item);
            }
        }

        if (kept.Count < count)
        {
            var raw = JsonMarshal.GetRawUtf8Value(list);
            body.Span.Overlaps(raw, out var start); // The document stands on these bytes.
            _edits.Add((start, raw.Length, Joined(kept)));
        }

        return count - kept.Count;
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

    private static McpReceivedMessage Describe(JsonElement message, int filtered)
    {
        if (!message.TryGetProperty("method"u8, out var method))
        {
            return new McpReceivedMessage(message.TryGetProperty("error"u8, out _) ? McpMessageType.Error : McpMessageType.Response, null, filtered);
        }

        var name = method.ValueKind == JsonValueKind.String ? method.GetString()! : ""; // It is a string.
        return new McpReceivedMessage(message.TryGetProperty("id"u8, out _) ? McpMessageType.Request : McpMessageType.Notification, KnownMethods.Contains(name) ? name : null, filtered);
    }
}
