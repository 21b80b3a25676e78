using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Upstream;

/// <summary>A response with status 101: what follows on its connection is no HTTP any more.</summary>
/// <param name="connection">The connection.</param>
/// <param name="head">The head.</param>
/// <param name="registration">What closes the connection when the client goes away.</param>
internal sealed class UpgradedResponse(Http1Connection connection, Http1ResponseHead head, CancellationTokenRegistration registration) : UpstreamResponse
{
    private bool _taken;

    /// <inheritdoc />
    public override int Status => head.Status;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Headers => head.Headers;

    /// <inheritdoc />
    public override bool RequestSent => true;

    /// <inheritdoc />
    public override long? Length => 0;

    /// <inheritdoc />
    public override bool MayHaveTrailers => false;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => [];

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation) => new(0);

    /// <summary>Takes the connection, to be read and written by whoever closes it then.</summary>
    public Http1Connection Take()
    {
        _taken = true;
        return connection;
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await registration.DisposeAsync().ConfigureAwait(false);
        if (!_taken)
        {
            connection.Close();
        }
    }
}
