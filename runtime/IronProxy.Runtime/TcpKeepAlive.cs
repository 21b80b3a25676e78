using System.Net.Sockets;

namespace IronProxy.Runtime;

/// <summary>
/// Lets the system ask a side that says nothing whether it is still there (tcp(7)): one that vanished without a word is noticed by nothing else where silence
/// has no limit. It shows as a reset.
/// </summary>
internal static class TcpKeepAlive
{
    private const int AfterSeconds = 60;
    private const int BetweenSeconds = 10;
    private const int Probes = 6;

    /// <summary>Asks after a minute of silence; two minutes after the last word it is known.</summary>
    public static void Enable(Socket socket) => Enable(socket, AfterSeconds, BetweenSeconds, Probes);

    /// <summary>Asks.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="afterSeconds">How long nothing may come before.</param>
    /// <param name="betweenSeconds">How long an answer is waited for.</param>
    /// <param name="probes">How often it is asked in vain.</param>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static void Enable(Socket socket, int afterSeconds, int betweenSeconds, int probes)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, afterSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, betweenSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, probes);
    }
}
