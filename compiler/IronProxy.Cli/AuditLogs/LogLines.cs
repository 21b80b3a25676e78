namespace IronProxy.Cli.AuditLogs;

/// <summary>Splits a stream into lines without holding more than one of them.</summary>
/// <param name="stream">The stream; it belongs to the caller.</param>
internal sealed class LogLines(Stream stream)
{
    /// <summary>Longer lines are no audit records: the largest body that is captured has a tenth of it.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line, without its end. The bytes are good until the next call.</summary>
    /// <param name="line">The line; empty when it is too long.</param>
    /// <param name="tooLong">Whether it is longer than <see cref="MaxBytes"/>, and was passed over.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line, out bool tooLong)
    {
        tooLong = false;
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = tooLong ? [] : _buffer.AsSpan(_start, searched + at);
                _start += searched + at + 1;
                break;
            }

            if (_end - _start >= MaxBytes)
            {
                tooLong = true;
                _start = _end;
            }

            searched = _end - _start;
            if (!Fill())
            {
                line = tooLong ? [] : _buffer.AsSpan(_start, _end - _start);
                _start = _end;
                if (line.IsEmpty && !tooLong)
                {
                    return false;
                }

                break;
            }
        }

        Number++;
        if (Number == 1 && line.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }

        return true;
    }

    private bool Fill()
    {
        if (_ended)
        {
            return false;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
        return !_ended;
    }
}
