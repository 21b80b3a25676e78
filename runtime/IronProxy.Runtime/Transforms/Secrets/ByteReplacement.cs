namespace IronProxy.Runtime.Transforms.Secrets;

/// <summary>Replaces a run of bytes.</summary>
internal static class ByteReplacement
{
    /// <summary>The bytes with every occurrence replaced, or null when there is none.</summary>
    public static byte[]? Replace(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> @new)
    {
        var at = bytes.IndexOf(old);
        if (at < 0)
        {
            return null;
        }

        using var result = new MemoryStream(bytes.Length + @new.Length);
        while (at >= 0)
        {
            result.Write(bytes[..at]);
            result.Write(@new);
            bytes = bytes[(at + old.Length)..];
            at = bytes.IndexOf(old);
        }

        result.Write(bytes);
        return result.ToArray();
    }
}
