using System.IO.Compression;
using IronProxy.Plan;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace IronProxy.Pipeline;

/// <summary>A body without one of its content codings. What has been decoded goes on at once, so that streams stay streams.</summary>
/// <remarks>
/// A decoder is not disposed when a client leaves between two reads: nobody reads on then. The collector ends it.
/// </remarks>
internal sealed class DecodedBody : ResponseBodyFilter
{
    /// <summary>RFC 9659, 3: what a decoder of this coding needs at most, 8 MB.</summary>
    private const int MaxZstdWindowLog = 23;

    private const int PeekSize = 2;

    /// <summary>Each is a stream within the next. Upstreams use one; a head has room for thousands.</summary>
    private const int MaxCodings = 4;

    private readonly Func<Stream, byte[], Stream> _open;
    private readonly Reason _unreadable;
    private Stream? _decoder;
    private bool _ended;
    private bool _broken;

    private DecodedBody(ResponseBody inner, Func<Stream, byte[], Stream> open, Reason unreadable)
        : base(inner)
    {
        _open = open;
        _unreadable = unreadable;
    }

    /// <summary>Takes the codings off a body (RFC 9110, 8.4).</summary>
    /// <param name="body">The body.</param>
    /// <param name="codings">Content-Encoding; null without one.</param>
    /// <param name="unreadable">Why it ends when it is not what its coding says.</param>
    /// <returns>The body without them; null when one of them is not known here, or when there are more than four.</returns>
    public static ResponseBody? Decode(ResponseBody body, string? codings, Reason unreadable)
    {
        var count = 0;

        // The last one was applied last.
        foreach (var coding in (codings ?? "").Split(',').Select(static c => c.Trim(' ', '\t')).Reverse())
        {
            if (ContentCoding.IsIdentity(coding))
            {
                continue;
            }

            if (++count > MaxCodings || Opener(coding) is not { } open)
            {
                return null;
            }

            body = new DecodedBody(body, open, unreadable);
        }

        return body;
    }

    /// <inheritdoc />
    /// <exception cref="BrokenResponseException">It is not what its coding says.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_ended)
        {
            return _broken ? throw new BrokenResponseException(_unreadable) : 0;
        }

        try
        {
            _decoder ??= await OpenAsync(cancellation).ConfigureAwait(false);
            var read = await _decoder.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                await EndAsync(buffer, cancellation).ConfigureAwait(false);
            }

            return read;
        }
        catch (Exception e)
        {
            // What failed or was broken off has ended: nothing reads in the decoder any more.
            _ended = _broken = true;
            if (_decoder is not null)
            {
                await _decoder.DisposeAsync().ConfigureAwait(false);
            }

            if (e is InvalidDataException or InvalidOperationException or EndOfStreamException or ZstdException)
            {
                throw new BrokenResponseException(_unreadable, e);
            }

            throw;
        }
    }

    /// <summary>Opens the decoder. No bytes at all are no bytes in every coding.</summary>
    private async ValueTask<Stream> OpenAsync(CancellationToken cancellation)
    {
        var first = new byte[PeekSize];
        var length = 0;
        while (length < first.Length && await Inner.ReadAsync(first.AsMemory(length), cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            length += read;
        }

        return length == 0 ? Stream.Null : _open(new ResponseBodyStream(Inner, first.AsMemory(0, length)), first);
    }

    /// <summary>
    /// What is left behind the end of what was decoded is nobody's, and the trailers are behind it. It is passed over as it came: decoded, a few bytes could be any number.
    /// </summary>
    private async ValueTask EndAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        _ended = true;
        if (_decoder is not null)
        {
            await _decoder.DisposeAsync().ConfigureAwait(false);
        }

        if (Inner is DecodedBody coded)
        {
            await coded.EndAsync(buffer, cancellation).ConfigureAwait(false);
            return;
        }

        while (await Inner.ReadAsync(buffer, cancellation).ConfigureAwait(false) > 0)
        {
        }
    }

    private static Func<Stream, byte[], Stream>? Opener(string coding) => coding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => static (s, _) => new GZipStream(s, CompressionMode.Decompress),
        "deflate" => static (s, first) => BeginsZlib(first) ? new ZLibStream(s, CompressionMode.Decompress) : new DeflateStream(s, CompressionMode.Decompress),
        "br" => static (s, _) => new BrotliStream(s, CompressionMode.Decompress),
        "zstd" => static (s, _) => OpenZstd(s),
        _ => null,
    };

    /// <summary>Some servers send what zlib makes without its head (RFC 9110, 8.4.1.2), and clients take it. RFC 1950, 2.2, says how the head is told.</summary>
    private static bool BeginsZlib(byte[] first) => (first[0] & 0x0F) == 8 && ((first[0] << 8) | first[1]) % 31 == 0;

    private static DecompressionStream OpenZstd(Stream stream)
    {
        var decoder = new DecompressionStream(stream);
        decoder.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxZstdWindowLog);
        return decoder;
    }
}
