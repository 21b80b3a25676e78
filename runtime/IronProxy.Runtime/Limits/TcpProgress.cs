using System.Buffers.Binary;
using System.Net.Sockets;

namespace IronProxy.Runtime.Limits;

/// <summary>
/// How many bytes the other end of a connection has acknowledged. Only the kernel knows: what an application writes goes into buffers of several
/// MiB, so that at a few hundred bytes a second hours pass between two signs of life there.
/// </summary>
internal static class TcpProgress
{
    private const int ProtocolTcp = 6; // IPPROTO_TCP
    private const int Info = 11; // TCP_INFO of linux/tcp.h
    private const int BytesAcked = 120; // Offset of tcpi_bytes_acked in struct tcp_info, since Linux 4.1.

    /// <summary>The number of bytes; 0 when the kernel does not say.</summary>
    public static long Acknowledged(Socket socket)
    {
        Span<byte> info = stackalloc byte[BytesAcked + sizeof(ulong)];
        try
        {
            return socket.GetRawSocketOption(ProtocolTcp, Info, info) == info.Length
                ? (long)BinaryPrimitives.ReadUInt64LittleEndian(info[BytesAcked..])
                : 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0; // It is closed already.
        }
    }
}
