using System.Net.Sockets;

namespace IronProxy.Runtime.Listeners;

/// <summary>What the system knows of the other side of a connection, whatever of it has been read.</summary>
internal enum TcpState
{
    /// <summary>It may send. Also where the system does not tell.</summary>
    Open,

    /// <summary>It has ended its side, and takes ours.</summary>
    HalfClosed,

    /// <summary>Both sides have ended, one after the other.</summary>
    Closed,

    /// <summary>It was broken off.</summary>
    Broken,
}

/// <summary>Asks the system for the <see cref="TcpState"/> of a connection.</summary>
internal static class TcpStates
{
    // tcp(7), TCP_INFO; netinet/tcp.h: the first byte is the state. Behind a reset it is TCP_CLOSE, and SO_ERROR says so.
    private const int IpProtoTcp = 6;
    private const int TcpInfo = 11;
    private const byte Close = 7;
    private const byte CloseWait = 8;

    /// <summary>The state of a connection; broken when the socket is no longer one.</summary>
    public static TcpState Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return TcpState.Open;
        }

        Span<byte> info = stackalloc byte[1];
        try
        {
            if (socket.GetRawSocketOption(IpProtoTcp, TcpInfo, info) <= 0)
            {
                return TcpState.Broken;
            }

            return info[0] switch
            {
                CloseWait => TcpState.HalfClosed,
                Close => socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is 0 ? TcpState.Closed : TcpState.Broken,
                _ => TcpState.Open,
            };
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return TcpState.Broken;
        }
    }
}
