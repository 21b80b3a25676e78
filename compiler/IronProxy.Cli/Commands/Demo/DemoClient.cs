using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>
/// Plays the workload: asks the tunnel listener for a CONNECT, speaks TLS with whoever answers, trusting the demo's CA
/// alone, and sends one HTTP/1.1 request.
/// </summary>
internal sealed class DemoClient(IPEndPoint tunnel, X509Certificate2 ca)
{
    private const int MaxBodyBytes = 64 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public async Task<DemoResponse> SendAsync(DemoRequest request, int port, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            return await ExchangeAsync(request, $"{request.Host}:{port}", limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return DemoResponse.Failed($"no answer within {Timeout.TotalSeconds} s");
        }
        catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException or InvalidDataException)
        {
            return DemoResponse.Failed(e.Message);
        }
    }

    private async Task<DemoResponse> ExchangeAsync(DemoRequest request, string authority, CancellationToken cancellation)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(tunnel, cancellation);
        var plain = socket.GetStream();
        var opened = await AskAsync(plain, $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n", cancellation);
        if (opened.Status != 200)
        {
            return opened with { Body = await ReadBodyAsync(plain, opened.Head!, cancellation) };
        }

        await using var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = request.Host,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { ca },
                    RevocationMode = X509RevocationMode.NoCheck,
                    DisableCertificateDownloads = true,
                },
            },
            cancellation);
        var header = request.Header is { } h ? $"{h.Name}: {h.Value}\r\n" : "";
        var answer = await AskAsync(
            tls,
            $"GET {request.Target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: ironc-demo\r\n{header}Connection: close\r\n\r\n",
            cancellation);
        return answer with { Body = await ReadBodyAsync(tls, answer.Head!, cancellation) };
    }

    private static async Task<DemoResponse> AskAsync(Stream stream, string head, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), cancellation);
        var answer = await HttpHead.ReadAsync(stream, cancellation) ?? throw new InvalidDataException("the proxy closed the connection");
        var parts = answer.FirstLine.Split(' ');
        return parts.Length >= 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? new DemoResponse(status, answer, "")
            : throw new InvalidDataException("the proxy's answer is not HTTP");
    }

    /// <summary>The body up to its length, or to the end of the connection.</summary>
    private static async Task<string> ReadBodyAsync(Stream stream, HttpHead head, CancellationToken cancellation)
    {
        var length = int.TryParse(head.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? Math.Min(given, MaxBodyBytes)
            : MaxBodyBytes;
        var body = new byte[length];
        var read = await stream.ReadAtLeastAsync(body, length, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(body, 0, read);
    }
}

/// <summary>What the client got.</summary>
/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="Head">The answer's head. Null when there was none.</param>
/// <param name="Body">The answer's body, or why there is no answer.</param>
internal sealed record DemoResponse(int Status, HttpHead? Head, string Body)
{
    public static DemoResponse Failed(string why) => new(0, null, why);
}
