using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Streaming;

/// <summary>A record of TLS costs an encryption and often a write: a body goes out in full ones.</summary>
public sealed class RecordSizeTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    private const int Length = 1024 * 1024;
    private const int RecordHeader = 5;

    [Theory]
    [InlineData("Content-Length: 1048576\r\n\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n100000\r\n", "\r\n0\r\n\r\n")]
    public async Task A_large_body_reaches_its_client_in_full_records(string before, string behind)
    {
        await using var upstream = ScriptedUpstream.Start(
            exchange => exchange.WriteAsync([.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{before}"), .. new byte[Length], .. Encoding.ASCII.GetBytes(behind)]),
            example.Folder.UpstreamCertificate(["api.example.com"]));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(example.Proxy.Listeners["tunnel"]);
        var connection = tcp.GetStream();
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT api.example.com:{upstream.Port} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n"));
        var opened = "";
        while (!opened.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            opened += (char)await ReadByteAsync(connection);
        }

        var received = new MemoryStream();
        await using var tls = new SslStream(new RecordedStream(connection, received));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "api.example.com",
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(example.Folder.CaFile) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        }).WaitAsync(Patience.Event);
        var handshake = Records(received.ToArray());
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n"));
        var body = new MemoryStream();
        await tls.CopyToAsync(body).WaitAsync(Patience.Event);

        Assert.InRange(body.Length, Length, Length + 2048);
        Assert.InRange(Records(received.ToArray()) - handshake, Length / (16 * 1024), 2 * Length / (16 * 1024));
    }

    private static async Task<byte> ReadByteAsync(NetworkStream connection)
    {
        var one = new byte[1];
        await connection.ReadExactlyAsync(one).AsTask().WaitAsync(Patience.Event);
        return one[0];
    }

    private static int Records(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (bytes.Length >= RecordHeader)
        {
            var length = RecordHeader + (bytes[3] << 8) + bytes[4];
            bytes = bytes[Math.Min(length, bytes.Length)..];
            count++;
        }

        return count;
    }

    /// <summary>Keeps what is read of a connection.</summary>
    private sealed class RecordedStream(Stream inner, MemoryStream received) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            received.Write(buffer.Span[..read]);
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
