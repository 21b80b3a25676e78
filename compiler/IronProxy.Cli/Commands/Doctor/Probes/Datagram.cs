using System.Net;
using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>A datagram to which any answer is a hole: nothing redirects UDP to the proxy but DNS.</summary>
internal static class Datagram
{
    public static async Task<Outcome> JudgeAsync(IPEndPoint endpoint, byte[] request, TimeSpan timeout, string remedy, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            var length = await TimeLimit.WithinAsync(
                timeout,
                async limit =>
                {
                    await socket.ConnectAsync(endpoint, limit);
                    await socket.SendAsync(request, limit);
                    return await socket.ReceiveAsync(new byte[2048], limit);
                },
                cancellation);
            return Outcome.Hole($"an answer of {length} bytes comes back", remedy);
        }
        catch (TimeoutException e)
        {
            return Outcome.Closed(e.Message);
        }
        catch (SocketException e)
        {
            return Outcome.Closed(ConnectionJudge.Why(e));
        }
    }
}
