using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Http2;

/// <summary>
/// Counts the frames of an HTTP/2 client (RFC 9113, 4.1) that cost a server work and bring it no request. Only frame headers are
/// looked at; payloads are skipped, and whether a frame may come where it does is the server's business.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class FrameScanner(TimeProvider time)
{
    /// <summary>The most CONTINUATION frames of one header block (CVE-2024-27316): empty ones grow no block, and no limit of bytes ends them.</summary>
    public const int MaxContinuations = 64;

    /// <summary>Streams that are reset at once (CVE-2023-44487); as many can be open twice over.</summary>
    public const int ResetBurst = 200;

    /// <summary>Streams that are reset each second.</summary>
    public const int ResetsPerSecond = 100;

    /// <summary>SETTINGS, PING, PRIORITY, empty DATA and unknown frames at once.</summary>
    public const int ControlBurst = 1000;

    /// <summary>The same each second.</summary>
    public const int ControlPerSecond = 500;

    private const int PrefaceLength = 24;
    private const int HeaderLength = 9;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte ResetStream = 3;
    private const byte WindowUpdate = 8;
    private const byte Continuation = 9;
    private const byte EndStream = 1;

    private readonly FrameBudget _resets = new(ResetBurst, ResetsPerSecond, time);
    private readonly FrameBudget _control = new(ControlBurst, ControlPerSecond, time);
    private readonly byte[] _header = new byte[HeaderLength];
    private long _skip = PrefaceLength;
    private int _headerBytes;
    private int _continuations;

    /// <summary>Reads the next bytes of the connection, from its preface on.</summary>
    /// <returns>False once there are too many frames of a kind.</returns>
    public bool TryScan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, bytes.Length);
                _skip -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            var part = bytes[..Math.Min(HeaderLength - _headerBytes, bytes.Length)];
            part.CopyTo(_header.AsSpan(_headerBytes));
            _headerBytes += part.Length;
            bytes = bytes[part.Length..];
            if (_headerBytes == HeaderLength)
            {
                _headerBytes = 0;
                _skip = BinaryPrimitives.ReadUInt32BigEndian(_header) >> 8;
                if (!TryCount(_header[3], _header[4], _skip))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool TryCount(byte type, byte flags, long length)
    {
        switch (type)
        {
            case Headers:
                _continuations = 0;
                return true;
            case Continuation:
                return ++_continuations <= MaxContinuations;
            case ResetStream:
                return _resets.TryTake();
            case Data:
                return length > 0 || (flags & EndStream) != 0 || _control.TryTake();
            case WindowUpdate:
                // They come with every piece of a response that is read.
                return true;
            default:
                return _control.TryTake();
        }
    }
}
