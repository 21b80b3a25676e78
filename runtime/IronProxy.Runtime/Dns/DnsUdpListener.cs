using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Dns;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Answers datagrams on one thread that blocks: measured at half again as many queries a second as asynchronous receives.
/// Only queries that are passed through leave the thread.
/// </summary>
internal sealed class DnsUdpListener(Socket socket, Func<DnsAnswers> current, DnsPassThrough passThrough, DnsCounters counters, DnsQuestionLog? questions, ILogger logger)
{
    private const int MaxQueryLength = 4096;

    /// <summary>After an error of the socket that lasts, so that the thread does not spin.</summary>
    private static readonly TimeSpan ErrorPause = TimeSpan.FromMilliseconds(10);

    /// <summary>The socket's own, which it no longer tells once it is closed: what was answered is recorded all the same.</summary>
    private readonly IPEndPoint _local = (IPEndPoint)socket.LocalEndPoint!; // It is bound.

    public void Serve(CancellationToken stopping)
    {
        var client = new SocketAddress(socket.AddressFamily);
        var query = new byte[MaxQueryLength];
        var response = new byte[DnsQueryWriter.UdpSize];
        while (!stopping.IsCancellationRequested)
        {
            int length;
            try
            {
                length = socket.ReceiveFrom(query, SocketFlags.None, client);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                if (!stopping.WaitHandle.WaitOne(ErrorPause))
                {
                    DnsLog.DatagramLost(logger, failure);
                }

                continue;
            }

            try
            {
                Answer(query.AsSpan(0, length), response, client, stopping);
            }
            catch (Exception fault)
            {
                // One query must not end the service for all others; it gets no answer.
                DnsLog.Fault(logger, fault);
            }
        }
    }

    private void Answer(ReadOnlySpan<byte> query, Span<byte> response, SocketAddress client, CancellationToken stopping)
    {
        var answers = current();
        var outcome = answers.Answer(query, udp: true, response, out var length, out var question);
        counters.Count(outcome);
        switch (outcome)
        {
            case DnsOutcome.Own or DnsOutcome.Denied or DnsOutcome.Error:
                Send(response[..length], client);
                if (questions?.Wants(outcome) is true)
                {
                    questions.Write(outcome, question, response[..length], EndpointOf(client), udp: true);
                }

                break;
            case DnsOutcome.PassThrough:
                // The buffers are reused for the next datagram: what outlives this one is copied.
                _ = PassThroughAsync(answers, question, query.ToArray(), Copy(client), stopping);
                break;
        }
    }

    private async Task PassThroughAsync(DnsAnswers answers, DnsQuestion passed, byte[] query, SocketAddress client, CancellationToken stopping)
    {
        try
        {
            var response = new byte[DnsQueryWriter.UdpSize];
            var endpoint = EndpointOf(client);
            var (length, outcome) = await passThrough.AnswerAsync(answers, passed, query, response, udp: true, CanonicalHost.Unmap(endpoint.Address), stopping);
            Send(response.AsSpan(0, length), client);
            if (questions?.Wants(outcome) is true)
            {
                questions.Write(outcome, passed, response.AsSpan(0, length), endpoint, udp: true);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
        {
            DnsLog.DatagramLost(logger, failure);
        }
        catch (Exception fault)
        {
            DnsLog.Fault(logger, fault);
        }
    }

    private void Send(ReadOnlySpan<byte> response, SocketAddress client)
    {
        try
        {
            socket.SendTo(response, SocketFlags.None, client);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // The client's address cannot be reached, the network is busy, or the server stops; the client asks again.
            DnsLog.DatagramLost(logger, failure);
        }
    }

    private IPEndPoint EndpointOf(SocketAddress client) => (IPEndPoint)_local.Create(client);

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer[..address.Size].CopyTo(copy.Buffer);
        return copy;
    }
}
