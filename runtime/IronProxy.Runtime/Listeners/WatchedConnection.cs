using IronProxy.Plan;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace IronProxy.Runtime.Listeners;

/// <summary>Lets the proxy read along what the server reads of a connection, once it is known what it speaks.</summary>
internal static class WatchedConnection
{
    /// <summary>Serves a connection.</summary>
    /// <param name="connection">The connection; behind the server's TLS, if there is any.</param>
    /// <param name="refusedStreams">Told of floods.</param>
    /// <param name="time">The clock.</param>
    /// <param name="http">The server's HTTP.</param>
    public static async Task ServeAsync(ConnectionContext connection, RefusedStreams refusedStreams, TimeProvider time, ConnectionDelegate http)
    {
        var proxy = connection.Features.GetRequiredFeature<ProxyConnection>();
        var transport = connection.Transport;
        try
        {
            if (IsHttp2(connection))
            {
                var input = new Http2Input(transport.Input, time, () => refusedStreams.RecordFlood(connection.ConnectionId));
                connection.Transport = new WatchedTransport(Checks.On(Check.Http2Floods) ? input : transport.Input, transport.Output);
                await AbandonedConnection.ServeAsync(http(connection), time, connection.ConnectionClosed).ConfigureAwait(false);
            }
            else
            {
                using var presence = new ClientPresence(connection, time);
                proxy.Input = new Http1Input(transport.Input);
                connection.Transport = new WatchedTransport(proxy.Input, transport.Output);
                await http(connection).ConfigureAwait(false);
            }
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    /// <summary>Without TLS the server speaks HTTP/1 alone.</summary>
    private static bool IsHttp2(ConnectionContext connection) =>
        connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;
}
