namespace IronProxy.Runtime.Tests.Audit;

/// <summary>An output that a test can stall, break and close at its other end.</summary>
internal sealed class ScriptedOutput : Stream
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly Lock _gate = new();
    private readonly MemoryStream _written = new();

    /// <summary>How many bytes it takes before it fails.</summary>
    public long FailsAfter { get; init; } = long.MaxValue;

    /// <summary>Whether its reader has closed it.</summary>
    public bool ReaderIsGone { get; set; }

    public byte[] Written
    {
        get
        {
            lock (_gate)
            {
                return _written.ToArray();
            }
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !ReaderIsGone;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Stall() => _open.Reset();

    public void Release() => _open.Set();

    public override void Write(byte[] buffer, int offset, int count)
    {
        _open.Wait();
        lock (_gate)
        {
            var fits = (int)Math.Min(count, FailsAfter - _written.Length);
            _written.Write(buffer, offset, fits);
            if (fits < count)
            {
                throw new IOException("scripted");
            }
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }
}
