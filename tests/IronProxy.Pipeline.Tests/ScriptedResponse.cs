namespace IronProxy.Pipeline.Tests;

/// <summary>A body of a response that comes in pieces, and trailers behind it.</summary>
internal sealed class ScriptedResponse(byte[] bytes, int piece = int.MaxValue, params (string Name, string Value)[] trailers) : ResponseBody
{
    private int _read;

    /// <summary>Whether it was read to its end.</summary>
    public bool Ended { get; private set; }

    public override long? Length => bytes.Length;

    public override bool MayHaveTrailers => trailers.Length > 0;

    public override IEnumerable<KeyValuePair<string, string>> Trailers => trailers.Select(t => KeyValuePair.Create(t.Name, t.Value));

    /// <summary>Reads another body to its end.</summary>
    public static async Task<byte[]> ReadAllAsync(ResponseBody body)
    {
        var all = new MemoryStream();
        var buffer = new byte[1000];
        while (await body.ReadAsync(buffer, default) is > 0 and var read)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var length = Math.Min(Math.Min(piece, buffer.Length), bytes.Length - _read);
        bytes.AsMemory(_read, length).CopyTo(buffer);
        _read += length;
        Ended = length == 0;
        return new(length);
    }
}
