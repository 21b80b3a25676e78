using System.Text.Json;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Writes JSON objects.</summary>
internal static class JsonObjectBytes
{
    /// <summary>An object with what <paramref name="write"/> writes into it.</summary>
    public static byte[] Of(Action<Utf8JsonWriter> write)
    {
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
