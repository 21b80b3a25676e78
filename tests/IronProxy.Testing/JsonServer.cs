using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace IronProxy.Testing;

/// <summary>A server of an API over HTTP: one request a connection, with a body whose length is said.</summary>
public abstract class JsonServer : LoopbackServer
{
    private const int LongestHead = 16 * 1024;

    /// <summary>Where it is.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>The first lines of what was asked.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>When set, what is answered to everything, byte by byte. An empty one is never ended.</summary>
    public string? Instead { get; set; }

    /// <summary>What it shows over TLS; null without.</summary>
    protected virtual X509Certificate2? Certificate => null;

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The status and the body.</returns>
    protected abstract (int Status, string Body) Answer(ApiRequest request);

    /// <inheritdoc />
    protected override async Task ServeAsync(TcpClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        await using var stream = await OpenAsync(client, Certificate);
        var received = new byte[LongestHead];
        var length = 0;
        int end;
        while ((end = received.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = await stream.ReadAsync(received.AsMemory(length), Stopping);
            if (read == 0)
            {
                return;
            }

            length += read;
        }

        var lines = Encoding.Latin1.GetString(received, 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var announced) ? int.Parse(announced, CultureInfo.InvariantCulture) : 0];
        var early = Math.Min(body.Length, length - end - 4);
        received.AsSpan(end + 4, early).CopyTo(body);
        await stream.ReadExactlyAsync(body.AsMemory(early), Stopping);

        Asked.Enqueue(lines[0]);
        if (Instead is { } instead)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(instead), Stopping);
            if (instead.Length == 0)
            {
                await Task.Delay(Timeout.Infinite, Stopping);
            }

            return;
        }

        var parts = lines[0].Split(' ');
        var (status, text) = Answer(new ApiRequest(parts[0], parts[1], headers, Encoding.UTF8.GetString(body)));
        var content = Encoding.UTF8.GetBytes(text);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n")), Stopping);
        await stream.WriteAsync(content, Stopping);
    }
}
