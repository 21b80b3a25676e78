using System.IO.Compression;

namespace IronProxy.Plan;

/// <summary>Content codings (RFC 9110, 8.4.1) that the proxy can look through.</summary>
public static class ContentCoding
{
    /// <summary>Whether a Content-Encoding value means that the body is as it seems.</summary>
    public static bool IsIdentity(string? encoding) =>
        string.IsNullOrWhiteSpace(encoding) || encoding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase);

    /// <summary>Decodes a body.</summary>
    /// <param name="encoding">The Content-Encoding value.</param>
    /// <param name="body">The encoded bytes.</param>
    /// <param name="limit">Largest decoded size.</param>
    /// <param name="decoded">The decoded bytes, at most one more than the limit.</param>
    /// <param name="partial">Whether input that ends early is fine, as for a prefix.</param>
    /// <returns>Whether the coding is known and the body is well-formed.</returns>
    public static bool TryDecode(string encoding, ReadOnlyMemory<byte> body, long limit, out byte[] decoded, bool partial = false)
    {
        decoded = [];
        using var input = new MemoryStream(body.ToArray());
        using var decoder = Open(encoding.Trim(), input);
        if (decoder is null)
        {
            return false;
        }

        using var output = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while (output.Length <= limit && (read = decoder.Read(buffer)) > 0)
            {
                output.Write(buffer, 0, (int)Math.Min(read, limit + 1 - output.Length));
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or InvalidOperationException) // The last is what .NET's Brotli throws.
        {
            if (!partial || output.Length == 0)
            {
                return false;
            }
        }

        decoded = output.ToArray();
        return true;
    }

    private static Stream? Open(string encoding, Stream input) => encoding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(input, CompressionMode.Decompress),
        "deflate" => new ZLibStream(input, CompressionMode.Decompress),
        "br" => new BrotliStream(input, CompressionMode.Decompress),
        _ => null,
    };
}
