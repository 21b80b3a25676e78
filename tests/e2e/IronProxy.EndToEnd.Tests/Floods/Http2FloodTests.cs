using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Bypass;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Floods;

/// <summary>
/// Streams that are begun and never finished, or reset at once (CVE-2023-44487), on connections that end in every way: behind
/// them nothing is open, the log has no word of it, and the proxy ends when it is told to.
/// </summary>
public sealed class Http2FloodTests : IDisposable
{
    private const int Connections = 6;
    private const int Streams = 1000;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_left_of_streams_that_were_only_begun(bool reset)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ExampleProxy.Settings + """
            transforms:
              - name: allowlist
                config:
                  domains: ["api.example.com"]
            """);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => FloodAsync(proxy, reset, abort: i % 2 == 0)));

        var open = "";
        for (var end = DateTime.UtcNow + Patience.Event; DateTime.UtcNow < end && !open.Contains("{listener=\"https\"} 0\n", StringComparison.Ordinal);)
        {
            await Task.Delay(200);
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["metrics"]);
            await client.SendAsync("GET /metrics HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n");
            open = await client.ReadToEndAsync();
        }

        Assert.Contains("iron_proxy_open_connections{listener=\"https\"} 0\n", open, StringComparison.Ordinal);
        Assert.Contains(proxy.Records, r => Reason(r) == "http2_flood");
        Assert.Equal(0, await proxy.TerminateAsync());
        Assert.DoesNotContain("\"level\":\"error\"", proxy.Output, StringComparison.Ordinal);
    }

    private static string? Reason(JsonElement record) =>
        record.GetProperty("audit").TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    private async Task FloodAsync(GatewayProcess proxy, bool reset, bool abort)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(proxy.Listeners["https"]);
        await using var tls = new SslStream(tcp.GetStream());
        var options = _folder.WorkloadTls("denied.example.com");
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        await tls.AuthenticateAsClientAsync(options);
        byte[] block = [.. Field(":method", "POST"), .. Field(":scheme", "https"), .. Field(":path", "/"), .. Field(":authority", "denied.example.com")];
        try
        {
            await tls.WriteAsync(Http2Request.Preface);
            for (var stream = 1; stream < 2 * Streams; stream += 2)
            {
                await tls.WriteAsync(Frame(1, 4, stream, block));
                if (reset)
                {
                    await tls.WriteAsync(Frame(3, 0, stream, [0, 0, 0, 8]));
                }
            }

            // Half of the connections are left as they are for a while: who floods is in no hurry.
            await proxy.FenceAsync();
        }
        catch (IOException)
        {
            // The proxy has had enough.
        }

        if (abort)
        {
            tcp.LingerState = new LingerOption(true, 0);
        }
    }

    private static byte[] Field(string name, string value) => [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var head = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        return [.. head, .. payload];
    }
}
