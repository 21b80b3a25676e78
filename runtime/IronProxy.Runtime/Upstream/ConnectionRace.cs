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

    // Who owns a name decides how many addresses it has, and not how many sockets are spent on it.
    private const int MaxAddresses = 16;
    private const int MaxAtOnce = 4;

    /// <summary>Connects. Only these addresses are dialled, whatever the name means by then.</summary>
    /// <exception cref="UpstreamRefusedException">None answered.</exception>
    public async ValueTask<Stream> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var attempts = new List<Attempt>();
        Attempt? winner = null;
        try
        {
            winner = await RunAsync(Interleave(addresses).Take(MaxAddresses), port, attempts, over.Token).ConfigureAwait(false);
            return new NetworkStream(await winner.Connecting.ConfigureAwait(false), ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamRefusedException(Reason.UpstreamUnreachable);
        }
        finally
        {
            foreach (var loser in attempts.Where(a => a != winner))
            {
                _ = loser.GiveUpAsync();
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

    private async Task<Attempt> RunAsync(IEnumerable<IPAddress> addresses, int port, List<Attempt> attempts, CancellationToken cancellation)
    {
        Exception? last = null;
        using var next = addresses.GetEnumerator();
        var isMore = next.MoveNext();
        while (isMore || attempts.Count > 0)
        {
            if (isMore)
            {
                // The oldest has had a second: on with the others.
                if (attempts.Count == MaxAtOnce)
                {
                    _ = attempts[0].GiveUpAsync();
                    attempts.RemoveAt(0);
                }

                attempts.Add(Attempt.Start(next.Current, port));
                isMore = next.MoveNext();
            }

            if (await FirstAsync(attempts, isMore ? Delay : Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false) is not { } first)
            {
                continue;
            }

            if (first.Connecting.IsCompletedSuccessfully)
            {
                return first;
            }

            attempts.Remove(first);
            last = first.Connecting.Exception?.InnerException;
        }

        throw new UpstreamRefusedException(Reason.UpstreamUnreachable, last);
    }

    /// <returns>The first attempt that ends; null when none does in time.</returns>
    private async Task<Attempt?> FirstAsync(List<Attempt> attempts, TimeSpan delay, CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAny(attempts.Select(a => a.Connecting)).WaitAsync(delay, time, cancellation).ConfigureAwait(false);
            return attempts.First(a => a.Connecting.IsCompleted);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>A socket on its way to one address.</summary>
    private sealed record Attempt(Task<Socket> Connecting, CancellationTokenSource Over)
    {
        public static Attempt Start(IPAddress address, int port)
        {
            var over = new CancellationTokenSource();
            return new Attempt(DialAsync(address, port, over.Token), over);
        }

        /// <summary>Ends it. It may have connected in the same moment.</summary>
        public async Task GiveUpAsync()
        {
            await Over.CancelAsync().ConfigureAwait(false);
            try
            {
                (await Connecting.ConfigureAwait(false)).Dispose();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // It is closed already.
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
    }
}
