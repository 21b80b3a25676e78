using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IronProxy.Pipeline.Explaining;

/// <summary>The body that the workload would send. It is searched and never printed.</summary>
/// <param name="Bytes">The bytes, as they would be sent.</param>
public sealed record AskedBody(byte[] Bytes)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body of an MCP tool call.</summary>
    /// <param name="tool">Name of the tool.</param>
    /// <param name="arguments">A JSON object as text; null for none.</param>
    public static AskedBody OfToolCall(string tool, string? arguments)
    {
        // The text of the arguments is kept as it is: what a policy refuses in it must not be repaired here.
        var head = $"{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{{\"name\":{JsonSerializer.Serialize(tool, Plain)}";
        return new AskedBody(Encoding.UTF8.GetBytes($"{head},\"arguments\":{arguments ?? "{}"}}}}}"));
    }

    /// <summary>Whether a text is a JSON object.</summary>
    public static bool IsObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public override string ToString() => "***";
}
