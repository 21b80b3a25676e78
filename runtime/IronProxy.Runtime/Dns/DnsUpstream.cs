using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Asks name servers, one after the other until one answers. Each query has a random id and a socket, thus a port, of its own
/// (RFC 5452, 9.2), and only an answer from the server's address to the very question is read.
/// </summary>
/// <param name="settings">Whom to ask; called for each question.</param>
/// <param name="time">The clock.</param>
public sealed class DnsUpstream(Func<ResolverSettings> settings, TimeProvider time)
{
    private const int MaxStrayAnswers = 64;

    /// <summary>After so many questions in a row without any answer a server is asked last. Single names may well have none.</summary>
    private const int SilentAfter = 3;

    /// <summary>All tries together: what waits for a name waits no longer.</summary>
    private static readonly TimeSpan MaxTotal = TimeSpan.FromSeconds(10);

    /// <summary>How long a silent server is asked last. The order of the servers means something: theirs may not be the same names.</summary>
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<IPEndPoint, Silence> _silent = new();
    private int _rotation;

    /// <summary>Asks for the records of a name, over UDP and, when the answer does not fit, over TCP.</summary>
    /// <returns>An answer. Its code is a failure when that is all that any server said.</returns>
    /// <exception cref="DnsUpstreamException">No server gave an answer.</exception>
    public async Task<DnsResponse> QueryAsync(string name, DnsType type, CancellationToken cancellation)
    {
        var now = settings();
        var servers = Order(now);
        if (servers.Count == 0)
        {
            throw new DnsUpstreamException("There is no name server: /etc/resolv.conf names none, and dns.upstream_resolver is not set.");
        }

        var slice = MaxTotal / (servers.Count * now.Attempts);
        var timeout = slice < now.Timeout ? slice : now.Timeout;
        DnsResponse? failure = null;
        Exception? last = null;
        for (var attempt = 0; attempt < now.Attempts; attempt++)
        {
            foreach (var server in servers.ToArray())
            {
                try
                {
                    var response = await AskAsync(server, name, type, timeout, cancellation);
                    if (response.Code is DnsResponseCode.NoError or DnsResponseCode.NameError)
                    {
                        return response;
                    }

                    // It answers, and would say the same again.
                    failure = response;
                    servers.Remove(server);
                }
                catch (Exception e) when (e is SocketException or IOException or DnsUpstreamException)
                {
                    last = e;
                }
                catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
                {
                    last = e;
                }
            }
        }

        return failure ?? throw new DnsUpstreamException($"No name server gave an answer: {string.Join(", ", servers)}.", last);
    }

    private List<IPEndPoint> Order(ResolverSettings now)
    {
        var first = now is { Rotate: true, Servers.Length: > 0 } ? (int)((uint)Interlocked.Increment(ref _rotation) % now.Servers.Length) : 0;
        return [.. now.Servers.Skip(first).Concat(now.Servers.Take(first)).OrderBy(IsSilent)]; // A stable sort.
    }

    private bool IsSilent(IPEndPoint server) =>
        _silent.TryGetValue(server, out var silence) && silence.Questions >= SilentAfter && time.GetElapsedTime(silence.Last) < SilentFor;

    private async Task<DnsResponse> AskAsync(IPEndPoint server, string name, DnsType type, TimeSpan limit, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            var query = new byte[DnsQueryWriter.MaxLength];
            var length = DnsQueryWriter.Write(query, (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), name, type);
            var message = query.AsMemory(0, length);
            var response = await OverUdpAsync(server, message, both.Token);
            response = response.IsTruncated ? await OverTcpAsync(server, message, both.Token) : response;
            _silent.TryRemove(server, out _);
            return response;
        }
        catch when (!cancellation.IsCancellationRequested)
        {
            _silent.AddOrUpdate(server, _ => new Silence(1, time.GetTimestamp()), (_, s) => new Silence(s.Questions + 1, time.GetTimestamp()));
            throw;
        }
    }

    private static async Task<DnsResponse> OverUdpAsync(IPEndPoint server, ReadOnlyMemory<byte> query, CancellationToken cancellation)
    {
        // A connected socket takes datagrams from the server alone.
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

        throw new DnsUpstreamException($"The name server {server} sent only answers that do not fit the question.");
    }

    private static async Task<DnsResponse> OverTcpAsync(IPEndPoint server, ReadOnlyMemory<byte> query, CancellationToken cancellation)
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
            throw new DnsUpstreamException($"The name server {server} sent an answer that does not fit the question.");
        }

        return response;
    }

    private readonly record struct Silence(int Questions, long Last);
}
