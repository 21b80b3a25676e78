using System.Buffers;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests;

/// <summary>A body that comes in pieces, with as much memory as a test gives it, and as much of what is announced.</summary>
internal sealed class ScriptedBody(
    byte[]? bytes, long memory = long.MaxValue, int piece = int.MaxValue, bool announced = true, long? length = null, Reason? fault = null) : RequestBody
{
    private int _read;

    /// <summary>How often the source was asked.</summary>
    public int Reads { get; private set; }

    /// <summary>Memory that is left.</summary>
    public long Memory { get; private set; } = memory;

    public override bool Exists => bytes is not null;

    public override long? AnnouncedLength => announced ? length ?? bytes?.Length : null;

    public override bool TryReserve(long size)
    {
        if (size > Memory)
        {
            return false;
        }

        Memory -= size;
        return true;
    }

    protected override ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellation)
    {
        Reads++;
        if (fault is not null && _read == bytes?.Length)
        {
            Fault = fault;
            throw new IOException("The body broke off.");
        }

        return new(new ReadOnlySequence<byte>(bytes ?? [], _read, Math.Min(piece, (bytes?.Length ?? 0) - _read)));
    }

    protected override void Advance(in ReadOnlySequence<byte> read) => _read += (int)read.Length;
}
