using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Connects to the first of several addresses that answers (RFC 8305, 5): the families take turns, and the next address is tried as soon
/// as one fails, or when none has answered for a while.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ConnectionRace(TimeProvider time)
{
    /// <summary>RFC 8305, 8: the connection attempt delay.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    /// <summary>All attempts together.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Who owns a name decides how many addresses it has, and not how many sockets are spent on it.</summary>
    private const int MaxAddresses = 16;

    /// <summary>Connects. Only these addresses are dialled, whatever the name means by then.</summary>
    /// <exception cref="UpstreamRefusedException">None answered.</exception>
    public async ValueTask<Stream> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var attempts = new List<Task<Socket>>();
        Task<Socket>? winner = null;
        try
        {
            winner = await RunAsync(Interleave(addresses).Take(MaxAddresses), port, attempts, over.Token).ConfigureAwait(false);
            return new NetworkStream(await winner.ConfigureAwait(false), ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamRefusedException(Reason.UpstreamUnreachable);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            foreach (var loser in attempts.Where(a => a != winner))
            {
                _ = CloseAsync(loser);
            }
        }
    }

    /// <summary>RFC 8305, 4: the families alternate, and IPv6 begins. Each family keeps the order of its resolver.</summary>
    internal static IEnumerable<IPAddress> Interleave(IReadOnlyList<IPAddress> addresses)
    {
        var v6 = addresses.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6).Distinct().ToList();
        var v4 = addresses.Where(a => a.AddressFamily == AddressFamily.InterNetwork).Distinct().ToList();
        for (var i = 0; i < Math.Max(v6.Count, v4.Count); i++)
        {
            if (i < v6.Count)
            {
                yield return v6[i];
            }

            if (i < v4.Count)
            {
                yield return v4[i];
            }
        }
    }

    private async Task<Task<Socket>> RunAsync(IEnumerable<IPAddress> addresses, int port, List<Task<Socket>> attempts, CancellationToken cancellation)
    {
        Exception? last = null;
        var pending = new List<Task<Socket>>();
        using var next = addresses.GetEnumerator();
        var isMore = next.MoveNext();
        while (isMore || pending.Count > 0)
        {
            if (isMore)
            {
                var attempt = DialAsync(next.Current, port, cancellation);
                attempts.Add(attempt);
                pending.Add(attempt);
                isMore = next.MoveNext();
            }

            if (await FirstAsync(pending, isMore ? Delay : Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false) is not { } first)
            {
                continue;
            }

            if (first.IsCompletedSuccessfully)
            {
                return first;
            }

            pending.Remove(first);
            last = first.Exception?.InnerException;
            cancellation.ThrowIfCancellationRequested();
        }

        throw new UpstreamRefusedException(Reason.UpstreamUnreachable, last);
    }

    /// <returns>The first attempt that ends; null when none does in time.</returns>
    private async Task<Task<Socket>?> FirstAsync(List<Task<Socket>> pending, TimeSpan delay, CancellationToken cancellation)
    {
        var first = Task.WhenAny(pending);
        try
        {
            return await first.WaitAsync(delay, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task<Socket> DialAsync(IPAddress address, int port, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>An attempt that loses may have connected in the same moment.</summary>
    private static async Task CloseAsync(Task<Socket> attempt)
    {
        try
        {
            (await attempt.ConfigureAwait(false)).Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It is closed already.
        }
    }
}
