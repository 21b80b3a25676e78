using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Dns;

/// <summary>Answers queries over TCP (RFC 7766): two bytes of length before each message, several queries a connection.</summary>
internal sealed class DnsTcpListener(
    Socket socket, Func<DnsAnswers> current, DnsPassThrough passThrough, DnsCounters counters, DnsQuestionLog? questions, ILogger logger, TimeProvider time)
{
    private const int LengthPrefix = 2;
    private const int MaxQueryLength = 4096;
    private const int MaxQueriesPerConnection = 1024;

    /// <summary>From one response to the next complete query, and for a client to take its response.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    /// <summary>After an error of the listening socket that lasts, such as no free descriptor.</summary>
    private static readonly TimeSpan ErrorPause = TimeSpan.FromMilliseconds(50);

    private readonly DnsConnections _connections = new();

    public async Task ServeAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (await AcceptAsync(stopping) is { } client)
            {
                _ = ServeAndCloseAsync(client, stopping);
            }
        }

        await _connections.WaitUntilEmptyAsync();
    }

    private async Task<Socket?> AcceptAsync(CancellationToken stopping)
    {
        try
        {
            return await socket.AcceptAsync(stopping);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested)
            {
                DnsLog.ConnectionLost(logger, failure);
                await Task.Delay(ErrorPause, time, CancellationToken.None);
            }

            return null;
        }
    }

    private async Task ServeAndCloseAsync(Socket client, CancellationToken stopping)
    {
        DnsConnection? connection = null;
        try
        {
            using (client)
            {
                connection = _connections.Add(client);
                if (connection is null)
                {
                    return;
                }

                client.NoDelay = true;
                await using var stream = new NetworkStream(client);
                await ServeConnectionAsync(stream, connection, stopping);
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            DnsLog.ConnectionLost(logger, failure);
        }
        catch (Exception fault)
        {
            // One connection must not end the service for all others.
            DnsLog.Fault(logger, fault);
        }
        finally
        {
            if (connection is not null)
            {
                _connections.Remove(connection);
            }
        }
    }

    private async Task ServeConnectionAsync(NetworkStream stream, DnsConnection connection, CancellationToken stopping)
    {
        var query = new byte[MaxQueryLength];
        var response = new byte[LengthPrefix + ushort.MaxValue];
        for (var i = 0; i < MaxQueriesPerConnection; i++)
        {
            using var idle = new CancellationTokenSource(IdleTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, stopping);
            if (await ReadQueryAsync(stream, query, either.Token) is not { } message || !_connections.TryBegin(connection))
            {
                return;
            }

            var length = await AnswerAsync(message, response.AsMemory(LengthPrefix), connection, stopping);
            if (length == 0)
            {
                return;
            }

            BinaryPrimitives.WriteUInt16BigEndian(response, (ushort)length);
            using var writing = new CancellationTokenSource(IdleTimeout, time);
            using var eitherWriting = CancellationTokenSource.CreateLinkedTokenSource(writing.Token, stopping);
            await stream.WriteAsync(response.AsMemory(0, LengthPrefix + length), eitherWriting.Token);
            _connections.End(connection);
        }
    }

    /// <returns>The query; null when the client is done, or when the message is too long to be a query.</returns>
    private static async Task<ReadOnlyMemory<byte>?> ReadQueryAsync(NetworkStream stream, byte[] buffer, CancellationToken cancellation)
    {
        var read = await stream.ReadAtLeastAsync(buffer.AsMemory(0, LengthPrefix), LengthPrefix, throwOnEndOfStream: false, cancellation);
        if (read < LengthPrefix)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        if (length > MaxQueryLength)
        {
            return null;
        }

        await stream.ReadExactlyAsync(buffer.AsMemory(0, length), cancellation);
        return buffer.AsMemory(0, length);
    }

    private async Task<int> AnswerAsync(ReadOnlyMemory<byte> message, Memory<byte> response, DnsConnection connection, CancellationToken stopping)
    {
        var answers = current();
        var outcome = answers.Answer(message.Span, udp: false, response.Span, out var length, out var question);
        counters.Count(outcome);
        if (outcome == DnsOutcome.PassThrough)
        {
            (length, outcome) = await passThrough.AnswerAsync(answers, question, message, response, udp: false, connection.Client, stopping);
        }

        if (questions?.Wants(outcome) is true)
        {
            questions.Write(outcome, question, response.Span[..length], connection.Endpoint, udp: false);
        }

        return length;
    }
}
