using System.Net;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// The questions that the proxy asks name servers, for the requests that it forwards and for the names that it passes through. Each is under way
/// once, however many wait for it, and is answered from what is kept as long as that holds. What is under way is bounded: names whose servers
/// are silent cost seconds each, and workloads can make up as many as they like.
/// </summary>
/// <param name="upstream">Asks the servers.</param>
/// <param name="time">The clock.</param>
public sealed class DnsLookups(DnsUpstream upstream, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Each has a socket of its own.</summary>
    internal const int MaxUnderWay = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Name, DnsType Type), Task<DnsAnswer>> _underWay = [];
    private readonly DnsCache _cache = new(time);
    private readonly FairPlaces _places = new(MaxUnderWay);
    private readonly CancellationTokenSource _stopping = new();
    private bool _disposed;

    /// <summary>What became of questions.</summary>
    public LookupCounters Counters { get; } = new();

    /// <summary>Asks a question. The client who asks first has it in its account; who joins has not.</summary>
    /// <param name="name">A name in its canonical form.</param>
    /// <param name="type">What is asked for.</param>
    /// <param name="client">Who wants to know.</param>
    /// <param name="cancellation">Ends the waiting. The question goes on: others may wait for it, and its answer is kept.</param>
    internal Task<DnsAnswer> AskAsync(string name, DnsType type, IPAddress client, CancellationToken cancellation)
    {
        Task<DnsAnswer>? question;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_cache.Find(name, type) is { } kept)
            {
                Counters.Count(LookupOutcome.Kept);
                return Task.FromResult(kept);
            }

            if (!_underWay.TryGetValue((name, type), out question))
            {
                if (!_places.TryTake(client))
                {
                    Counters.Count(LookupOutcome.Refused);
                    return Task.FromResult(new DnsAnswer(null, new TooManyLookupsException()));
                }

                question = Task.Run(() => QueryAsync(name, type, client), CancellationToken.None);
                _underWay.Add((name, type), question);
            }
        }

        return question.WaitAsync(cancellation);
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        await _stopping.CancelAsync();
        await _places.WaitUntilEmptyAsync();
        _stopping.Dispose();
    }

    private async Task<DnsAnswer> QueryAsync(string name, DnsType type, IPAddress client)
    {
        try
        {
            var answer = await AskUpstreamAsync(name, type);
            Counters.Count(answer.Failure is null ? LookupOutcome.Answered : LookupOutcome.Failed);
            lock (_lock)
            {
                _cache.Add(name, type, answer);
            }

            return answer;
        }
        finally
        {
            lock (_lock)
            {
                _underWay.Remove((name, type));
            }

            _places.Return(client);
        }
    }

    private async Task<DnsAnswer> AskUpstreamAsync(string name, DnsType type)
    {
        try
        {
            return new DnsAnswer(await upstream.QueryAsync(name, type, _stopping.Token), null);
        }
        catch (DnsUpstreamException failure)
        {
            return new DnsAnswer(null, failure);
        }
    }
}
