namespace IronProxy.Plan.Matching;

/// <summary>Replaces runs of bytes. A run may have several spellings; what stands in its place is not searched again.</summary>
public static class ByteReplacement
{
    /// <summary>How often a run is there.</summary>
    /// <param name="bytes">Where it is looked for.</param>
    /// <param name="spellings">The ways to write it.</param>
    public static int Count(ReadOnlySpan<byte> bytes, byte[][] spellings) => Measure(bytes, spellings).Runs;

    /// <summary>The length that replacing would make, so that it can be refused before anything is allocated.</summary>
    public static long LengthAfter(ReadOnlySpan<byte> bytes, byte[][] spellings, int newLength)
    {
        var (runs, length) = Measure(bytes, spellings);
        return bytes.Length - length + ((long)runs * newLength);
    }

    /// <summary>The bytes with every run replaced.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> bytes, byte[][] spellings, ReadOnlySpan<byte> @new)
    {
        var result = new byte[LengthAfter(bytes, spellings, @new.Length)];
        var rest = result.AsSpan();
        var search = new Search(bytes, spellings, stackalloc int[spellings.Length]);
        var copied = 0;
        while (search.Next(out var at, out var length))
        {
            bytes[copied..at].CopyTo(rest);
            @new.CopyTo(rest[(at - copied)..]);
            rest = rest[(at - copied + @new.Length)..];
            copied = at + length;
        }

        bytes[copied..].CopyTo(rest);
        return result;
    }

    private static (int Runs, long Length) Measure(ReadOnlySpan<byte> bytes, byte[][] spellings)
    {
        var search = new Search(bytes, spellings, stackalloc int[spellings.Length]);
        var (runs, sum) = (0, 0L);
        while (search.Next(out _, out var length))
        {
            runs++;
            sum += length;
        }

        return (runs, sum);
    }

    /// <summary>One pass. The next place of each spelling is remembered, so that one that is absent is looked for once.</summary>
    private ref struct Search
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private readonly byte[][] _spellings;
        private readonly Span<int> _next;
        private int _position;

        public Search(ReadOnlySpan<byte> bytes, byte[][] spellings, Span<int> next)
        {
            _bytes = bytes;
            _spellings = spellings;
            _next = next;
            _next.Fill(-1);
        }

        /// <summary>The next run: the first, and of two at one place the longer.</summary>
        public bool Next(out int at, out int length)
        {
            (at, length) = (_bytes.Length, 0);
            for (var i = 0; i < _spellings.Length; i++)
            {
                if (_next[i] < _position)
                {
                    var found = _bytes[_position..].IndexOf(_spellings[i]);
                    _next[i] = found < 0 ? _bytes.Length : _position + found;
                }

                if (_next[i] < at || (_next[i] == at && _spellings[i].Length > length))
                {
                    (at, length) = (_next[i], _spellings[i].Length);
                }
            }

            _position = at + length;
            return at < _bytes.Length;
        }
    }
}
