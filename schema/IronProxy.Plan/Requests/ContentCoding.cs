using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace IronProxy.Plan;

/// <summary>Content codings (RFC 9110, 8.4.1) that the proxy can look through.</summary>
public static class ContentCoding
{
    private const int FirstSize = 16 * 1024;
    private const int ShortestGzip = 10 + 2 + 8; // A head, a block, a checksum and a length.
    private const int ShortestZlib = 2 + 2 + 4;

    /// <summary>Whether a Content-Encoding value means that the body is as it seems.</summary>
    public static bool IsIdentity(string? encoding) =>
        encoding is null || Token(encoding) is "" or "identity";

    /// <summary>Without the blanks and tabs around it (RFC 9110, 5.6.3). What else .NET has for white space makes another, unknown coding of it.</summary>
    private static string Token(string encoding) => encoding.Trim(' ', '\t').ToLowerInvariant();

    /// <summary>Decodes a whole body. One that ends early, or goes on behind its end, is not decoded: readers differ in what they make of it.</summary>
    /// <param name="encoding">The Content-Encoding value.</param>
    /// <param name="body">The encoded bytes.</param>
    /// <param name="limit">Largest decoded size.</param>
    /// <param name="reserve">Reserves memory before it is taken; false when there is none.</param>
    /// <param name="decoded">The decoded bytes.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? Decode(string encoding, ReadOnlyMemory<byte> body, long limit, Func<long, bool> reserve, out byte[] decoded)
    {
        var output = new Output(limit, reserve);
        decoded = [];
        bool whole;
        try
        {
            whole = Token(encoding) switch
            {
                "gzip" or "x-gzip" => output.ReadFrom(body, static i => new GZipStream(i, CompressionMode.Decompress)) && EndsGzip(body.Span, output.Bytes),
                "deflate" => output.ReadFrom(body, static i => new ZLibStream(i, CompressionMode.Decompress)) && EndsZlib(body.Span, output.Bytes),
                "br" => output.ReadBrotli(body.Span),
                _ => false,
            };
        }
        catch (Exception e) when (IsMalformed(e))
        {
            whole = false;
        }

        if (output.Refusal is not null || !whole)
        {
            return output.Refusal ?? Reason.BodyEncoding;
        }

        return output.TryTake(out decoded) ? null : Reason.BodyMemory;
    }

    /// <summary>Decodes as much of the beginning of a body as there is.</summary>
    /// <param name="encoding">The Content-Encoding value.</param>
    /// <param name="body">The encoded bytes, which may end early.</param>
    /// <param name="limit">Largest decoded size.</param>
    /// <param name="decoded">The decoded bytes, at most one more than the limit.</param>
    /// <returns>Whether the coding is known and there is something to see.</returns>
    public static bool TryDecodePrefix(string encoding, ReadOnlyMemory<byte> body, long limit, out byte[] decoded)
    {
        decoded = [];
        using Stream? decoder = Token(encoding) switch
        {
            "gzip" or "x-gzip" => new GZipStream(Open(body), CompressionMode.Decompress),
            "deflate" => new ZLibStream(Open(body), CompressionMode.Decompress),
            "br" => new BrotliStream(Open(body), CompressionMode.Decompress),
            _ => null,
        };
        if (decoder is null)
        {
            return false;
        }

        using var output = new MemoryStream();
        var buffer = new byte[FirstSize];
        try
        {
            int read;
            while (output.Length <= limit && (read = decoder.Read(buffer)) > 0)
            {
                output.Write(buffer, 0, (int)Math.Min(read, limit + 1 - output.Length));
            }
        }
        catch (Exception e) when (IsMalformed(e))
        {
            if (output.Length == 0)
            {
                return false;
            }
        }

        decoded = output.ToArray();
        return true;
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> body) => MemoryMarshal.TryGetArray(body, out var array) && array.Array is { } bytes
        ? new MemoryStream(bytes, array.Offset, array.Count, writable: false)
        : new MemoryStream(body.ToArray(), writable: false);

    /// <summary>The last is what .NET's Brotli throws.</summary>
    private static bool IsMalformed(Exception e) => e is InvalidDataException or IOException or InvalidOperationException;

    /// <summary>RFC 1952, 2.3.1: the length ends it. .NET reads a body that is cut as one that is whole, and several members as one.</summary>
    private static bool EndsGzip(ReadOnlySpan<byte> body, ReadOnlySpan<byte> decoded) =>
        body.Length >= ShortestGzip && BinaryPrimitives.ReadUInt32LittleEndian(body[^4..]) == (uint)decoded.Length;

    /// <summary>RFC 1950, 2.2: a checksum ends it.</summary>
    private static bool EndsZlib(ReadOnlySpan<byte> body, ReadOnlySpan<byte> decoded)
    {
        const int Modulus = 65521;
        const int Run = 5552; // The sums of so many bytes fit.
        var (a, b) = (1u, 0u);
        for (var rest = decoded; !rest.IsEmpty; rest = rest[Math.Min(Run, rest.Length)..])
        {
            foreach (var value in rest[..Math.Min(Run, rest.Length)])
            {
                a += value;
                b += a;
            }

            (a, b) = (a % Modulus, b % Modulus);
        }

        return body.Length >= ShortestZlib && BinaryPrimitives.ReadUInt32BigEndian(body[^4..]) == ((b << 16) | a);
    }

    /// <summary>What was decoded so far. Memory is reserved before it is taken.</summary>
    private sealed class Output(long limit, Func<long, bool> reserve)
    {
        private byte[] _bytes = [];
        private int _length;

        public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

        /// <summary>Why no more is decoded.</summary>
        public Reason? Refusal { get; private set; }

        public bool ReadFrom(ReadOnlyMemory<byte> body, Func<Stream, Stream> open)
        {
            using var input = new LastBytesSingly(body);
            using var decoder = open(input);
            while (TryMakeRoom())
            {
                var read = decoder.Read(_bytes.AsSpan(_length));
                if (read == 0)
                {
                    return input.IsAtEnd;
                }

                _length += read;
            }

            return false;
        }

        public bool ReadBrotli(ReadOnlySpan<byte> body)
        {
            using var decoder = default(BrotliDecoder);
            while (TryMakeRoom())
            {
                var status = decoder.Decompress(body, _bytes.AsSpan(_length), out var consumed, out var written);
                body = body[consumed..];
                _length += written;
                if (status != OperationStatus.DestinationTooSmall)
                {
                    Refusal = _length > limit ? Reason.BodyTooLarge : null;
                    return status == OperationStatus.Done && body.IsEmpty;
                }
            }

            return false;
        }

        public bool TryTake(out byte[] bytes)
        {
            var fits = _length == _bytes.Length;
            bytes = fits ? _bytes : reserve(_length) ? Bytes.ToArray() : [];
            return fits || bytes.Length == _length;
        }

        private bool TryMakeRoom()
        {
            if (_length < _bytes.Length)
            {
                return true;
            }

            // One byte more than the limit tells a body that has it from one that is over it.
            var size = Math.Min(Math.Max(FirstSize, 2L * _bytes.Length), Math.Min(limit + 1, Array.MaxLength));
            Refusal = size <= _length ? Reason.BodyTooLarge
                : reserve(size - _bytes.Length) ? null
                : Reason.BodyMemory;
            if (Refusal is not null)
            {
                return false;
            }

            Array.Resize(ref _bytes, (int)size);
            return true;
        }
    }

    /// <summary>
    /// Decoders of .NET read more than they need, and do not say how much. With the last bytes one at a time they take those behind the end of what they decode only
    /// when they look for more of it.
    /// </summary>
    private sealed class LastBytesSingly(ReadOnlyMemory<byte> bytes) : Stream
    {
        private const int Singly = 64;

        private int _position;

        public bool IsAtEnd => _position == bytes.Length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var left = bytes.Length - _position;
            var length = Math.Min(buffer.Length, left > Singly ? left - Singly : Math.Min(left, 1));
            bytes.Span.Slice(_position, length).CopyTo(buffer);
            _position += length;
            return length;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
