using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Upstream;

/// <summary>A response with status 101, or what means the same over HTTP/2: what follows on its connection is no HTTP any more.</summary>
/// <param name="connection">The connection.</param>
/// <param name="headers">The header lines.</param>
/// <param name="registration">What closes the connection when the client goes away.</param>
internal sealed class UpgradedResponse(IUpgradedConnection connection, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationTokenRegistration registration) : UpstreamResponse
{
    private bool _taken;

    /// <inheritdoc />
    public override int Status => StatusCodes.Status101SwitchingProtocols;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Headers => headers;

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
    public IUpgradedConnection Take()
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
