using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Asks one upstream resolver. Each query has a random id and a socket, thus a port, of its own (RFC 5452, 9.2), and only
/// an answer from the resolver's address to the very question is read.
/// </summary>
public sealed class DnsUpstream(IPEndPoint server, TimeProvider time)
{
    private const int Attempts = 2;
    private const int MaxStrayAnswers = 64;

    /// <summary>Both attempts together take at most 5 seconds.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(2.5);

    /// <summary>The resolver.</summary>
    public IPEndPoint Server => server;

    /// <summary>Asks for the records of a name, over UDP and, when the answer does not fit, over TCP.</summary>
    /// <exception cref="DnsUpstreamException">No attempt brought an answer.</exception>
    public async Task<DnsResponse> QueryAsync(CanonicalHost name, DnsType type, CancellationToken cancellation)
    {
        Exception? last = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            using var timeout = new CancellationTokenSource(AttemptTimeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
            try
            {
                return await AttemptAsync(name.Text, type, both.Token);
            }
            catch (Exception failure) when (failure is SocketException or IOException or DnsUpstreamException)
            {
                last = failure;
            }
            catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
            {
                last = failure;
            }
        }

        throw new DnsUpstreamException($"The resolver {server} gave no answer.", last);
    }

    private async Task<DnsResponse> AttemptAsync(string name, DnsType type, CancellationToken cancellation)
    {
        var query = new byte[DnsQueryWriter.MaxLength];
        var length = DnsQueryWriter.Write(query, (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), name, type);
        var message = query.AsMemory(0, length);
        var response = await OverUdpAsync(message, cancellation);
        return response.IsTruncated ? await OverTcpAsync(message, cancellation) : response;
    }

    private async Task<DnsResponse> OverUdpAsync(ReadOnlyMemory<byte> query, CancellationToken cancellation)
    {
        // A connected socket takes datagrams from the resolver alone.
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(query, cancellation);
        var buffer = new byte[DnsQueryWriter.UdpSize];
        for (var i = 0; i < MaxStrayAnswers; i++)
        {
            var length = await socket.ReceiveAsync(buffer, cancellation);

            // What is no answer to this question may be a guess of someone else's: the true one may still come.
            if (DnsResponseParser.TryParse(buffer.AsSpan(0, length), query.Span, out var response) == ParseStatus.Done)
            {
                return response!; // Done says that it is set.
            }
        }

        throw new DnsUpstreamException($"The resolver {server} sent only answers that do not fit the question.");
    }

    private async Task<DnsResponse> OverTcpAsync(ReadOnlyMemory<byte> query, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket);
        var framed = new byte[2 + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed.AsMemory(2));
        await stream.WriteAsync(framed, cancellation);

        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellation);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(message, cancellation);
        if (DnsResponseParser.TryParse(message, query.Span, out var response) != ParseStatus.Done || response!.IsTruncated)
        {
            throw new DnsUpstreamException($"The resolver {server} sent an answer that does not fit the question.");
        }

        return response;
    }
}
