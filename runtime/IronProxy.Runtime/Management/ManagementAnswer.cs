using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IronProxy.Runtime.Management;

/// <summary>An answer of the management API: a status and a JSON object.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The object, as UTF-8 with a line break at its end.</param>
internal readonly record struct ManagementAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An answer with what is written into its object.</summary>
    public static ManagementAnswer Of(int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return new ManagementAnswer(status, buffer.WrittenMemory);
    }

    /// <summary>An answer that says what is wrong, as a word for programs and as a sentence for people.</summary>
    public static ManagementAnswer Error(int status, string error, string message) => Of(status, json =>
    {
        json.WriteString("error"u8, error);
        json.WriteString("message"u8, message);
    });
}
