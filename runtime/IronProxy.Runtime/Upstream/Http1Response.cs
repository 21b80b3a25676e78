using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Upstream;

/// <summary>A response over HTTP/1.1.</summary>
/// <param name="pool">Where the connection goes when it can serve again.</param>
/// <param name="connection">The connection.</param>
/// <param name="head">The head.</param>
/// <param name="method">The request's method.</param>
/// <param name="upload">The request's body; null without one.</param>
/// <param name="registration">What closes the connection when the client goes away.</param>
internal sealed class Http1Response(
    UpstreamPool pool, Http1Connection connection, Http1ResponseHead head, string method, RequestUpload? upload, CancellationTokenRegistration registration)
    : UpstreamResponse
{
    private readonly Http1BodyKind _kind = head.BodyKind(method);
    private readonly Http1ChunkedReader? _chunks = head.BodyKind(method) == Http1BodyKind.Chunked ? new Http1ChunkedReader() : null;
    private long _left = head.ContentLength ?? 0;
    private bool _ended = head.BodyKind(method) == Http1BodyKind.None;

    /// <inheritdoc />
    public override int Status => head.Status;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Headers => head.Headers;

    /// <inheritdoc />
    public override long? Length => head.ContentLength;

    /// <inheritdoc />
    public override bool MayHaveTrailers => _chunks is not null;

    /// <inheritdoc />
    public override bool RequestSent => upload?.IsSent != false;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => _chunks?.Trailers ?? [];

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            if (_ended)
            {
                return 0;
            }

            return _chunks is null ? await ReadPlainAsync(buffer).ConfigureAwait(false) : await ReadChunksAsync(_chunks, buffer).ConfigureAwait(false);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("The connection was closed.", e); // By what was registered: the client went away.
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await registration.DisposeAsync().ConfigureAwait(false);
        var reusable = _ended && !connection.IsClosed && RequestSent && head.KeepsConnection(method) && connection.Unread.IsEmpty;
        if (!reusable)
        {
            connection.Close();
        }

        if (upload is not null)
        {
            await upload.StopAsync().ConfigureAwait(false);
            upload.Dispose();
        }

        if (reusable)
        {
            pool.Return(connection);
        }
    }

    private async ValueTask<int> ReadPlainAsync(Memory<byte> buffer)
    {
        if (_kind == Http1BodyKind.Length && buffer.Length > _left)
        {
            buffer = buffer[..(int)_left];
        }

        var read = await connection.TakeAsync(buffer).ConfigureAwait(false);
        if (_kind == Http1BodyKind.UntilClose)
        {
            _ended = read == 0;
            return read;
        }

        if (read == 0)
        {
            throw Cut();
        }

        _left -= read;
        _ended = _left == 0;
        return read;
    }

    private async ValueTask<int> ReadChunksAsync(Http1ChunkedReader chunks, Memory<byte> buffer)
    {
        while (true)
        {
            var status = chunks.Read(connection.Unread, buffer.Span, out var consumed, out var written);
            connection.Consume(consumed);
            if (status == ParseStatus.Invalid)
            {
                throw new UpstreamBrokenException(Reason.UpstreamProtocol);
            }

            _ended = status == ParseStatus.Done;
            if (written > 0 || _ended)
            {
                return written;
            }

            if (await connection.FillAsync().ConfigureAwait(false) == 0)
            {
                throw Cut();
            }
        }
    }

    private static UpstreamBrokenException Cut() => new(Reason.UpstreamClosed);
}
