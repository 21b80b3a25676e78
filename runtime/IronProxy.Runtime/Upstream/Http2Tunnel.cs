using System.Net;

namespace IronProxy.Runtime.Upstream;

/// <summary>A stream of HTTP/2 that an extended CONNECT has opened (RFC 8441), on a connection of its own.</summary>
/// <param name="client">The connection's client.</param>
/// <param name="request">The request.</param>
/// <param name="response">Its response.</param>
/// <param name="stream">What is read and written.</param>
/// <param name="address">The address that the connection was made to; null when a proxy made it.</param>
internal sealed class Http2Tunnel(Http2Client client, HttpRequestMessage request, HttpResponseMessage response, Stream stream, IPAddress? address) : IUpgradedConnection
{
    /// <inheritdoc />
    public IPAddress? Address => address;

    /// <inheritdoc />
    public Stream Output => stream;

    /// <inheritdoc />
    public async ValueTask WaitAsync() => await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);

    /// <inheritdoc />
    public ValueTask<int> TakeAsync(Memory<byte> destination) => stream.ReadAsync(destination);

    /// <inheritdoc />
    /// <remarks>.NET's client ends both directions of a stream or none: the upstream sees the end when <see cref="Close"/> is called.</remarks>
    public ValueTask EndOutputAsync() => ValueTask.CompletedTask;

    /// <inheritdoc />
    public void Close()
    {
        stream.Dispose();
        response.Dispose();
        request.Dispose();
        client.Close();
    }
}
