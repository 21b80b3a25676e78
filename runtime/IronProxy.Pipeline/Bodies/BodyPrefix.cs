namespace IronProxy.Pipeline;

/// <summary>Keeps the first bytes of a body that streams past.</summary>
/// <param name="limit">How many bytes are kept.</param>
public sealed class BodyPrefix(int limit)
{
    private byte[] _bytes = [];
    private int _length;

    /// <summary>The bytes that were kept.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Whether there were more.</summary>
    public bool Truncated { get; private set; }

    /// <summary>Sees the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var take = Math.Min(bytes.Length, limit - _length);
        Truncated |= take < bytes.Length;
        if (take == 0)
        {
            return;
        }

        if (_length + take > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Min(limit, Math.Max(_length + take, _bytes.Length * 2)));
        }

        bytes[..take].CopyTo(_bytes.AsSpan(_length));
        _length += take;
    }
}
