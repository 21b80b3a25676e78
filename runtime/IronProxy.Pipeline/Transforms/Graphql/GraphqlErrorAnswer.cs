using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>The errors that a refused operation is answered with.</summary>
internal static class GraphqlErrorAnswer
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes it: one error, or one for each request of a batch.</summary>
    public static byte[] Create(GraphqlDecision decision, string message)
    {
        var (text, code) = Words(decision, message);
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            if (decision.IsBatch)
            {
                json.WriteStartArray();
                for (var i = 0; i < decision.Requests; i++)
                {
                    Write(json, text, code);
                }

                json.WriteEndArray();
            }
            else
            {
                Write(json, text, code);
            }
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Message and code. Clients that know only the hash of their query send the query itself when they are told so, in these words.</summary>
    public static (string Message, string Code) Words(GraphqlDecision decision, string message) =>
        decision.Refusal == Reason.PersistedQueryUnknown ? ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND") : (message, "FORBIDDEN");

    private static void Write(Utf8JsonWriter json, string message, string code)
    {
        json.WriteStartObject();
        json.WriteStartArray("errors"u8);
        json.WriteStartObject();
        json.WriteString("message"u8, message);
        json.WriteStartObject("extensions"u8);
        json.WriteString("code"u8, code);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
