using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>The workload's side of a case: sends the steps over one connection and reads what comes back.</summary>
internal sealed class BypassClient : IAsyncDisposable
{

    private readonly TcpClient _tcp = new();
    private readonly ProxyFolder _folder;
    private readonly Func<string, string> _expand;
    private Stream _stream = Stream.Null;
    private ReceivedHttp2Response? _http2;
    private bool _framed;

    private BypassClient(ProxyFolder folder, Func<string, string> expand)
    {
        _folder = folder;
        _expand = expand;
    }

    public static async Task<BypassClient> ConnectAsync(IPEndPoint listener, ProxyFolder folder, Func<string, string> expand)
    {
        var client = new BypassClient(folder, expand);
        await client._tcp.ConnectAsync(listener);
        client._tcp.NoDelay = true;
        client._stream = client._tcp.GetStream();
        return client;
    }

    public async Task SendAsync(BypassStep step)
    {
        var text = _expand(step.Text);
        switch (step.Kind)
        {
            case "send":
                await WriteAsync(Encoding.Latin1.GetBytes(text));
                break;
            case "hex":
                await WriteAsync(Hex(text));
                break;
            case "content":
                await WriteAsync(Content(step));
                break;
            case "wait":
                await ExpectBytesAsync(text);
                break;
            case "connect":
                await WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {text} HTTP/1.1\r\nHost: {text}\r\n\r\n"));
                var opened = await WithPatience(t => HttpAnswer.ReadAsync(_stream, "CONNECT", t));
                BypassFailure.Unless(opened.Status == 200, $"the tunnel was answered with {opened.Status}");
                break;
            case "socks":
                await OpenSocksAsync(text);
                break;
            case "proxy_tls":
                await HandshakeWithProxyAsync(text);
                break;
            case "tls":
                await HandshakeAsync(step.Text.Length > 0 ? text : step.Option("sni") ?? "", step.Option("alpn"));
                break;
            case "hello":
                await WriteAsync(RawClientHello.Create(
                    step.Option("name") ?? step.Text,
                    step.Option("suites") is { } suites ? Hex(suites) : null,
                    step.Option("extensions") is { } extensions ? Hex(extensions) : null,
                    step.Option("records") is { } size ? int.Parse(size, CultureInfo.InvariantCulture) : null));
                break;
            case "h2":
                _http2 = await WithPatience(t => Http2Request.SendAsync(_stream, [.. step.Options.Select(o => (o.Name, _expand(o.Value)))], t));
                break;
            case "frames":
                if (!_framed)
                {
                    await WriteAsync(Http2Request.Preface);
                    _framed = true;
                }

                await WriteAsync([.. Enumerable.Repeat(Hex(step.Option("hex") ?? text), int.Parse(step.Option("times") ?? "1", CultureInfo.InvariantCulture)).SelectMany(h => h)]);
                break;
            default:
                throw new FormatException($"A connection has no step '{step.Kind}'.");
        }
    }

    /// <summary>Holds what comes back against what must come back.</summary>
    public async Task ExpectAsync(BypassExpectation expected)
    {
        if (expected.Reply is { } reply)
        {
            await ExpectBytesAsync(reply);
        }

        if (expected.Tls is { } tls)
        {
            var first = await ReadAtMostAsync(1);
            var answered = first is [0x16];
            BypassFailure.Unless(answered == (tls == "answered"), $"the TLS handshake was {(answered ? "answered" : "refused")}");
            if (first is [0x15])
            {
                await ReadAtMostAsync(6); // The rest of an alert, which says why.
            }
        }

        if (expected.Status is { } status)
        {
            var (got, body) = await ReadAnswerAsync();
            BypassFailure.Unless(got == status, $"the status is {got} instead of {status}, with the body {body}");
            BypassFailure.Unless(
                expected.Reason is null || body.Contains($"\"reason\":\"{expected.Reason}\"", StringComparison.Ordinal),
                $"the reason is not {expected.Reason} in {body}");
            foreach (var text in expected.Has)
            {
                BypassFailure.Unless(body.Contains(text, StringComparison.Ordinal), $"'{text}' is not in the answer {body}");
            }

            foreach (var text in expected.HasNot)
            {
                BypassFailure.Unless(!body.Contains(text, StringComparison.Ordinal), $"'{text}' is in the answer {body}");
            }
        }

        if (expected.Closed && _framed)
        {
            // What the server has to say of the connection comes before its end.
            while ((await ReadAtMostAsync(1)).Length > 0)
            {
            }
        }
        else if (expected.Closed)
        {
            var more = await ReadAtMostAsync(1);
            BypassFailure.Unless(more.Length == 0, "the connection goes on");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task<(int Status, string Body)> ReadAnswerAsync()
    {
        if (_http2 is { } http2)
        {
            return (http2.Status, http2.Body);
        }

        var answer = await WithPatience(t => HttpAnswer.ReadAsync(_stream, "GET", t));
        return (answer.Status, answer.Body);
    }

    private async Task OpenSocksAsync(string authority)
    {
        var colon = authority.LastIndexOf(':');
        var name = Encoding.ASCII.GetBytes(authority[..colon]);
        var port = int.Parse(authority[(colon + 1)..], CultureInfo.InvariantCulture);
        await WriteAsync([5, 1, 0]);
        await ExpectBytesAsync("05 00");
        await WriteAsync([5, 1, 0, 3, (byte)name.Length, .. name, (byte)(port >> 8), (byte)port]);
        await ExpectBytesAsync("05 00 00 01 00 00 00 00 00 00");
    }

    /// <summary>A handshake of a client that verifies the certificate for the name that it sends.</summary>
    private async Task HandshakeAsync(string name, string? alpn)
    {
        var tls = new SslStream(_stream);
        try
        {
            await WithPatience(async t =>
            {
                var options = _folder.WorkloadTls(name);
                options.ApplicationProtocols = alpn is null ? null : [new SslApplicationProtocol(alpn)];
                await tls.AuthenticateAsClientAsync(options, t);
                return true;
            });
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw new BypassFailure($"the TLS handshake for {name} failed: {e.Message}");
        }

        _stream = tls;
    }

    /// <summary>A handshake with the listener itself, in which a certificate is shown. What the proxy says to that comes behind it.</summary>
    private async Task HandshakeWithProxyAsync(string certificate)
    {
        var tls = new SslStream(_stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "proxy.example.com",
            ClientCertificates = certificate.Length == 0 ? null : [ClientCertificates.Read(_folder, certificate)],
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _folder.UpstreamCa }, RevocationMode = X509RevocationMode.NoCheck },
        };
        await WithPatience(async t =>
        {
            await tls.AuthenticateAsClientAsync(options, t);
            return true;
        });
        _stream = tls;
    }

    private static byte[] Content(BypassStep step)
    {
        var text = string.Concat(Enumerable.Repeat(step.Option("repeat") ?? "", int.Parse(step.Option("times") ?? "1", CultureInfo.InvariantCulture)));
        var bytes = Encoding.Latin1.GetBytes(text);
        if (step.Flag("gzip"))
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            {
                gzip.Write(bytes);
            }

            bytes = packed.ToArray();
        }

        return step.Flag("chunked")
            ? [.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n0\r\n\r\n"u8]
            : bytes;
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private async Task WriteAsync(byte[] bytes)
    {
        try
        {
            await WithPatience(async t =>
            {
                await _stream.WriteAsync(bytes, t);
                return true;
            });
        }
        catch (IOException)
        {
            // The proxy has had enough already; what it answered is still to be read.
        }
    }

    private async Task ExpectBytesAsync(string hex)
    {
        var expected = Hex(hex);
        var got = await ReadAtMostAsync(expected.Length);
        BypassFailure.Unless(got.AsSpan().SequenceEqual(expected), $"the reply is {Convert.ToHexString(got)} instead of {hex}");
    }

    /// <summary>Reads until so many bytes are there or the connection ended.</summary>
    private async Task<byte[]> ReadAtMostAsync(int count)
    {
        var buffer = new byte[count];
        try
        {
            var read = await WithPatience(async t => await _stream.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false, t));
            return buffer[..read];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static async Task<T> WithPatience<T>(Func<CancellationToken, Task<T>> act)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        try
        {
            return await act(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BypassFailure("the proxy neither answered nor closed");
        }
    }
}
