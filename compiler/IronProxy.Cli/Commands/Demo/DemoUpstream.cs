using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>Plays httpbin.org: an HTTPS server on a free loopback port that answers with what it received.</summary>
internal sealed class DemoUpstream : IAsyncDisposable
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<HttpHead> _seen = [];
    private readonly ConcurrentDictionary<Task, bool> _connections = [];
    private readonly X509Certificate2 _certificate;
    private readonly Task _accepting;

    /// <param name="certificate">The server's certificate; it belongs to the caller.</param>
    public DemoUpstream(X509Certificate2 certificate)
    {
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port that was free.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many requests came.</summary>
    public int Count => _seen.Count;

    /// <summary>The last request that came.</summary>
    public HttpHead Last => _seen.Last();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        try
        {
            await Task.WhenAll([_accepting, .. _connections.Keys]).WaitAsync(StopWithin);
        }
        catch (TimeoutException)
        {
            // The process ends soon, and these sockets with it.
        }

        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var serving = ServeAsync(client);
                _connections[serving] = true;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The demo is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
                while (await HttpHead.ReadAsync(tls, _stop.Token) is { } head)
                {
                    _seen.Enqueue(head);
                    await tls.WriteAsync(Answer(head), _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException or InvalidDataException)
        {
            // A connection that breaks shows up as a missing answer, which the demo reports.
        }
    }

    private static byte[] Answer(HttpHead request)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("request", request.FirstLine);
            json.WriteStartObject("headers");
            foreach (var (name, value) in request.Headers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.Latin1.GetBytes(head), .. body.ToArray()];
    }
}
