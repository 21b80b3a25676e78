using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Testing;

/// <summary>A server for tests on a free loopback port. It serves each connection that comes, until the test ends it.</summary>
/// <param name="endpoint">Another place to listen.</param>
public abstract class LoopbackServer(IPEndPoint? endpoint = null) : IAsyncDisposable
{
    /// <summary>The ports that the system chose so far. None is used twice: tests find the records of their upstream by its port.</summary>
    private static readonly ConcurrentDictionary<int, byte> Chosen = new();

    private TcpListener _listener = new(endpoint ?? new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stopping = new();
    private Task _serving = Task.CompletedTask;

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends with the test.</summary>
    protected CancellationToken Stopping => _stopping.Token;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _stopping.Dispose();
        _listener.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins to listen.</summary>
    protected void Listen()
    {
        _listener.Start();

        // The one that is given up stays open until there is another, or the system could give it again.
        while (endpoint is null && !Chosen.TryAdd(Port, 0))
        {
            using var used = _listener;
            _listener = new TcpListener(IPAddress.Loopback, 0);
            _listener.Start();
        }

        _serving = AcceptAsync();
    }

    /// <summary>Serves one connection, which is closed behind it. That the other side goes away, or the test ends, is no error.</summary>
    protected abstract Task ServeAsync(TcpClient client);

    /// <summary>The bytes of a connection, inside of TLS when there is a certificate.</summary>
    protected async Task<Stream> OpenAsync(TcpClient client, X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return client.GetStream();
        }

        // Offline: the test's server must not fetch what the certificate points to, or nobody can tell whether the proxy did.
        var context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, Stopping);
        return tls;
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeUntilEndAsync(await _listener.AcceptTcpClientAsync(Stopping)));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped by the test.
        }

        await Task.WhenAll(open);
    }

    private async Task ServeUntilEndAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await ServeAsync(client);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or AuthenticationException or SocketException)
        {
            // The other side went away, or the test ended.
        }
    }
}
