using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;
using IronProxy.Runtime.Tests.Protocols.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Dns;

/// <summary>Sends raw queries over real sockets.</summary>
internal static class DnsTestClient
{
    /// <summary>How long an answer that must not come is waited for.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);

    public static Task<byte[]> AskAsync(IPEndPoint server, byte[] query, bool tcp) =>
        tcp ? AskTcpAsync(server, query) : AskUdpAsync(server, query);

    public static async Task<byte[]> AskUdpAsync(IPEndPoint server, byte[] query)
    {
        using var patience = new CancellationTokenSource(Patience.Event);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, patience.Token);
        await socket.SendAsync(query, patience.Token);
        var buffer = new byte[65535];
        return buffer[..await socket.ReceiveAsync(buffer, patience.Token)];
    }

    public static async Task<bool> IsSilentUdpAsync(IPEndPoint server, byte[] query)
    {
        using var silence = new CancellationTokenSource(Silence);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server);
        await socket.SendAsync(query);
        try
        {
            await socket.ReceiveAsync(new byte[512], silence.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    public static async Task<byte[]> AskTcpAsync(IPEndPoint server, byte[] query)
    {
        using var client = new TcpClient(server.AddressFamily);
        await client.ConnectAsync(server);
        await SendTcpAsync(client.GetStream(), query);
        return await ReceiveTcpAsync(client.GetStream());
    }

    public static Task SendTcpAsync(NetworkStream stream, byte[] query) =>
        stream.WriteAsync((byte[])[.. QueryBytes.Number(query.Length), .. query]).AsTask();

    public static async Task<byte[]> ReceiveTcpAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(Patience.Event);
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, patience.Token);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(message, patience.Token);
        return message;
    }

    /// <summary>Asks, and writes the answer down like <c>NoError a.example A 10.0.0.1, ...</c>.</summary>
    public static async Task<string> LookUpAsync(IPEndPoint server, string name, int type, bool tcp = false)
    {
        var query = QueryBytes.Of(name, type, udpSize: 1232);
        return Describe(await AskAsync(server, query, tcp), query);
    }

    public static string Describe(byte[] answer, byte[] query)
    {
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(answer, query, out var response));
        var records = response!.Answers.Select(r => $"{r.Name} {r.Type} {r.Address?.ToString() ?? r.Target}");
        return $"{response.Code} {string.Join(", ", records)}".TrimEnd();
    }
}
