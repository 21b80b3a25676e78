using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.JsonRpc;

/// <summary>The JSON-RPC error that a denied message is answered with. It has the id that the workload wrote, so that nothing comes back which it did not know.</summary>
internal static class JsonRpcErrorAnswer
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes it: one error, or one for each request of a batch.</summary>
    /// <param name="ids">The ids of the requests, as JSON that was read as strings or numbers; null for one that is not known.</param>
    /// <param name="isBatch">Whether they came in a list.</param>
    /// <param name="error">The error.</param>
    public static byte[] Create(IReadOnlyCollection<string?> ids, bool isBatch, JsonRpcErrorPlan error)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            if (isBatch && ids.Count > 0)
            {
                json.WriteStartArray();
                foreach (var id in ids)
                {
                    Write(json, id, error);
                }

                json.WriteEndArray();
            }
            else
            {
                Write(json, ids.FirstOrDefault(), error);
            }
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string? id, JsonRpcErrorPlan error)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        json.WritePropertyName("id"u8);
        if (id is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(id, skipInputValidation: true); // It was read as a string or a number.
        }

        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
