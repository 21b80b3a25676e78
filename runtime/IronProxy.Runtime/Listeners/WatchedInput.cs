using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// What the server reads of a client, read by the proxy first where the server is more lenient than a proxy may be. Bytes are
/// looked at where they lie, once; the server gets those that were found good, and an exception in the place of the others.
/// </summary>
/// <param name="inner">The client's bytes.</param>
/// <param name="holdEnd">
/// Whether the end of them is told only when the server reads on behind the last byte. It takes an end that comes together with
/// the last bytes of a body for one in the middle of it.
/// </param>
internal abstract class WatchedInput(PipeReader inner, bool holdEnd) : PipeReader
{
    private ReadResult _latest;
    private long _watched;
    private BadHttpRequestException? _fault;
    private bool _endHeld;

    /// <summary>Whether the next bytes are to be looked at.</summary>
    protected abstract bool IsWatching { get; }

    /// <inheritdoc />
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? ValueTask.FromResult(Take(read.Result)) : WaitAsync(read);
    }

    /// <inheritdoc />
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        result = Take(result);
        return true;
    }

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_watched > 0 || _endHeld)
        {
            // What is left was looked at already, as far as it was. When nothing was taken, more is asked for: there is none.
            var taken = _latest.Buffer.Slice(0, consumed).Length;
            _watched = IsWatching ? Math.Max(0, _watched - taken) : 0;
            _endHeld &= taken == 0;
        }

        _latest = default;

        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc />
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc />
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc />
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>Looks at the next bytes.</summary>
    /// <returns>Null, or what is wrong with them.</returns>
    protected abstract BadHttpRequestException? Watch(ReadOnlySpan<byte> bytes);

    /// <summary>Begins with the byte that the server reads next.</summary>
    protected void Restart() => _watched = 0;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read) => Take(await read.ConfigureAwait(false));

    private ReadResult Take(ReadResult result)
    {
        _latest = result;
        if (IsWatching)
        {
            Look(result);
        }

        if (!holdEnd || !result.IsCompleted || result.Buffer.IsEmpty || _endHeld)
        {
            return result;
        }

        _endHeld = true;
        return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
    }

    private void Look(ReadResult result)
    {
        foreach (var segment in result.Buffer.Slice(_watched))
        {
            _fault ??= IsWatching ? Watch(segment.Span) : null;
        }

        if (_fault is not null)
        {
            // Whoever reads again gets the same, at once, and does not wait for more.
            inner.AdvanceTo(result.Buffer.Start);
            throw _fault;
        }

        _watched = result.Buffer.Length;
    }
}
