namespace IronProxy.Runtime.Upstream;

/// <summary>Lets the response's deadline run while the upstream does not take what is sent to it.</summary>
/// <param name="inner">Where the body goes.</param>
/// <param name="deadline">The deadline.</param>
internal sealed class TimedUploadStream(Stream inner, ResponseDeadline deadline) : UploadStream
{
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        deadline.Start();
        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        deadline.Pause();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        deadline.Start();
        await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        deadline.Pause();
    }
}
