using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Upstreams;

/// <summary>A server on a free loopback port that keeps every byte that it is sent, and answers as a script says.</summary>
internal sealed class ScriptedUpstream : LoopbackServer
{
    private readonly Func<UpstreamExchange, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly Lock _gate = new();
    private readonly List<MemoryStream> _connections = [];

    private ScriptedUpstream(Func<UpstreamExchange, Task> script, X509Certificate2? certificate, IPEndPoint endpoint)
        : base(endpoint)
    {
        _script = script;
        _certificate = certificate;
        Listen();
    }

    /// <summary>How many connections were opened.</summary>
    public int Connections
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Everything that came, in Latin-1, one connection behind the other.</summary>
    public string Received
    {
        get
        {
            lock (_gate)
            {
                return string.Concat(_connections.Select(c => Encoding.Latin1.GetString(c.ToArray())));
            }
        }
    }

    /// <summary>
    /// Starts a server that answers every request with 200: one for <c>/echo</c> with its head, one for <c>/packed</c> in a coding that hardly anybody reads, and
    /// one for <c>/switch</c> by switching to what nobody has asked for. One for <c>/websocket</c> opens what the key of RFC 6455, 1.3 asks for, and ends behind the first bytes; one
    /// for <c>/extended</c> does so with an extension.
    /// </summary>
    public static ScriptedUpstream Start(X509Certificate2? certificate = null) => Start(AnswerOkAsync, certificate);

    /// <summary>Starts a server. The script is called when the head of a request is there.</summary>
    public static ScriptedUpstream Start(Func<UpstreamExchange, Task> script, X509Certificate2? certificate = null) => new(script, certificate, new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Starts a server that answers every request with 200 at an address that clients do not choose.</summary>
    public static ScriptedUpstream StartAt(IPEndPoint endpoint, X509Certificate2 certificate) => new(AnswerOkAsync, certificate, endpoint);

    /// <summary>Forgets what came. A connection that the proxy has opened ahead stays one whose bytes are kept.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                connection.SetLength(0);
            }
        }
    }

    private static async Task AnswerOkAsync(UpstreamExchange exchange)
    {
        await exchange.ReadBodyAsync();
        if (exchange.RequestLine.Contains(" /switch ", StringComparison.Ordinal))
        {
            await exchange.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
            return;
        }

        if (exchange.RequestLine.Contains(" /websocket ", StringComparison.Ordinal) || exchange.RequestLine.Contains(" /extended ", StringComparison.Ordinal))
        {
            var extension = exchange.RequestLine.Contains(" /extended ", StringComparison.Ordinal) ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "";
            await exchange.WriteAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{extension}\r\n");
            await exchange.ReadPieceAsync();
            return;
        }

        if (exchange.RequestLine.Contains(" /echo ", StringComparison.Ordinal))
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: message/http\r\nContent-Length: {exchange.Head.Length}\r\nConnection: close\r\n\r\n{exchange.Head}");
            return;
        }

        if (exchange.RequestLine.Contains(" /packed ", StringComparison.Ordinal))
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Encoding: compress\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x1f\u009d\u0090");
            return;
        }

        await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
    }

    protected override async Task ServeAsync(TcpClient client)
    {
        await using var stream = await OpenAsync(client, _certificate);
        var received = new MemoryStream();
        lock (_gate)
        {
            _connections.Add(received);
        }

        var exchange = new UpstreamExchange(stream, Keep, Reset, Stopping);
        if (await exchange.ReadHeadAsync())
        {
            await _script(exchange);
            if (client.Connected)
            {
                client.Client.Shutdown(SocketShutdown.Send);
                await exchange.DrainAsync();
            }
        }

        void Reset()
        {
            client.LingerState = new LingerOption(true, 0);
            client.Close();
        }

        void Keep(ReadOnlySpan<byte> bytes)
        {
            lock (_gate)
            {
                received.Write(bytes);
            }
        }
    }
}
