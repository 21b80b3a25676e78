using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IronProxy.Testing;

/// <summary>What a <see cref="ScriptedProxy"/> makes of one tunnel that it is asked for.</summary>
public sealed record ScriptedTunnel
{
    /// <summary>Where it leads. Null leads nowhere: without <see cref="Says"/> it is refused.</summary>
    public IPEndPoint? To { get; init; }

    /// <summary>Raw bytes instead of the answer of the protocol.</summary>
    public byte[]? Says { get; init; }

    /// <summary>Whether the proxy neither answers nor closes.</summary>
    public bool IsSilent { get; init; }

    /// <summary>It leads there.</summary>
    public static ScriptedTunnel Leads(int port) => new() { To = new IPEndPoint(IPAddress.Loopback, port) };

    /// <summary>These bytes are said, and the connection is closed.</summary>
    public static ScriptedTunnel Saying(string text) => new() { Says = Encoding.Latin1.GetBytes(text) };
}

/// <summary>
/// A proxy for tests on a free loopback port, which speaks CONNECT and SOCKS5. A script says what becomes of what it is asked for, such as
/// <c>CONNECT api.example.com:443</c> or <c>SOCKS5 192.0.2.1:443</c>. It has a codec of its own, so that the product's is never tested against itself.
/// </summary>
public sealed class ScriptedProxy : LoopbackServer
{
    private readonly Func<string, ScriptedTunnel> _script;
    private readonly X509Certificate2? _certificate;
    private readonly string? _credentials;
    private readonly Lock _gate = new();
    private readonly List<string> _asked = [];
    private readonly List<string> _shown = [];
    private readonly MemoryStream _received = new();

    private ScriptedProxy(Func<string, ScriptedTunnel> script, X509Certificate2? certificate, string? credentials)
    {
        _script = script;
        _certificate = certificate;
        _credentials = credentials;
        Listen();
    }

    /// <summary>What it was asked for, in order.</summary>
    public IReadOnlyList<string> Asked => Locked(() => _asked.ToArray());

    /// <summary>The credentials that it was shown, as <c>user:password</c>.</summary>
    public IReadOnlyList<string> Shown => Locked(() => _shown.ToArray());

    /// <summary>All that came before tunnels were open or behind answers that open none, in Latin-1.</summary>
    public string Received => Locked(() => Encoding.Latin1.GetString(_received.ToArray()));

    /// <summary>Starts a proxy.</summary>
    /// <param name="script">What becomes of what it is asked for.</param>
    /// <param name="certificate">With one it speaks TLS.</param>
    /// <param name="credentials">What it wants to be shown, as <c>user:password</c>.</param>
    public static ScriptedProxy Start(Func<string, ScriptedTunnel> script, X509Certificate2? certificate = null, string? credentials = null) =>
        new(script, certificate, credentials);

    /// <summary>Forgets what came.</summary>
    public void Clear() => Locked(() =>
    {
        _asked.Clear();
        _shown.Clear();
        _received.SetLength(0);
        return true;
    });

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    /// <inheritdoc />
    protected override async Task ServeAsync(TcpClient client)
    {
        await using var stream = await OpenAsync(client, _certificate);
        var first = await ReadAsync(stream, 1);
        await (first[0] == 5 ? ServeSocksAsync(stream) : ServeConnectAsync(stream));
    }

    private async Task ServeConnectAsync(Stream stream)
    {
        var head = "";
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head += Encoding.Latin1.GetString(await ReadAsync(stream, 1));
        }

        const string Authorization = "Proxy-Authorization: Basic ";
        var shown = head.Split("\r\n").FirstOrDefault(l => l.StartsWith(Authorization, StringComparison.Ordinal)) is { } line
            ? Encoding.UTF8.GetString(Convert.FromBase64String(line[Authorization.Length..]))
            : null;
        var asked = "C" + head[..head.IndexOf(" HTTP/", StringComparison.Ordinal)]; // Its first letter told the protocols apart.
        Note(shown, asked);
        if (_credentials is not null && shown != _credentials)
        {
            await stream.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Stopping);
            return;
        }

        await AnswerAsync(stream, asked, "HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nno, 0"u8.ToArray());
    }

    private async Task ServeSocksAsync(Stream stream)
    {
        var methods = await ReadAsync(stream, (await ReadAsync(stream, 1))[0]);
        var method = _credentials is null ? (byte)0 : (byte)2;
        await stream.WriteAsync(new byte[] { 5, methods.Contains(method) ? method : (byte)0xFF }, Stopping);
        if (!methods.Contains(method))
        {
            return;
        }

        if (method == 2)
        {
            await ReadAsync(stream, 1);
            var user = await ReadAsync(stream, (await ReadAsync(stream, 1))[0]);
            var password = await ReadAsync(stream, (await ReadAsync(stream, 1))[0]);
            var shown = $"{Encoding.UTF8.GetString(user)}:{Encoding.UTF8.GetString(password)}";
            Note(shown, asked: null);
            await stream.WriteAsync(new byte[] { 1, shown == _credentials ? (byte)0 : (byte)1 }, Stopping);
            if (shown != _credentials)
            {
                return;
            }
        }

        var request = await ReadAsync(stream, 4);
        var host = request[3] switch
        {
            1 => new IPAddress(await ReadAsync(stream, 4)).ToString(),
            4 => $"[{new IPAddress(await ReadAsync(stream, 16))}]",
            _ => Encoding.ASCII.GetString(await ReadAsync(stream, (await ReadAsync(stream, 1))[0])),
        };
        var port = await ReadAsync(stream, 2);
        var asked = $"SOCKS5 {host}:{(port[0] << 8) | port[1]}";
        Note(shown: null, asked);
        await AnswerAsync(stream, asked, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0], [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
    }

    private async Task AnswerAsync(Stream stream, string asked, byte[] opened, byte[] refused)
    {
        var tunnel = _script(asked);
        if (tunnel.IsSilent)
        {
            await DrainAsync(stream);
            return;
        }

        if (tunnel.To is not { } to)
        {
            await stream.WriteAsync(tunnel.Says ?? refused, Stopping);
            await stream.FlushAsync(Stopping);
            if (tunnel.Says is not [])
            {
                await DrainAsync(stream); // Whoever goes on all the same is heard.
            }

            return;
        }

        using var upstream = new TcpClient();
        await upstream.ConnectAsync(to, Stopping);
        await stream.WriteAsync(tunnel.Says ?? opened, Stopping);
        await stream.FlushAsync(Stopping);
        var there = PassAsync(stream, upstream.GetStream());
        var back = PassAsync(upstream.GetStream(), stream);
        var first = await Task.WhenAny(there, back);
        await first; // A break ends both directions; an end is the end of its own.
        await (first == there ? back : there);
    }

    private async Task PassAsync(Stream from, Stream to)
    {
        await from.CopyToAsync(to, Stopping);
        if (to is SslStream tls)
        {
            await tls.ShutdownAsync();
        }
        else
        {
            ((NetworkStream)to).Socket.Shutdown(SocketShutdown.Send);
        }
    }

    private void Note(string? shown, string? asked) => Locked(() =>
    {
        _shown.AddRange(shown is null ? [] : [shown]);
        _asked.AddRange(asked is null ? [] : [asked]);
        return true;
    });

    private async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, Stopping);
        Locked(() =>
        {
            _received.Write(bytes);
            return true;
        });
        return bytes;
    }

    private async Task DrainAsync(Stream stream)
    {
        while (true)
        {
            await ReadAsync(stream, 1);
        }
    }
}
