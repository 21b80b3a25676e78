using System.Net;
using IronProxy.Runtime.Protocols.Dns;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Dns;

/// <summary>Answers queries through name servers. A bounded number waits at a time, shared among clients; the others fail at once.</summary>
internal sealed class DnsPassThrough(DnsLookups? lookups, ILogger logger, TimeProvider time)
{
    internal const int MaxWaiting = 1024;

    private readonly FairPlaces _waiting = new(MaxWaiting);
    private readonly SparseLog _refusals = new(time);
    private readonly SparseLog _failures = new(time);

    /// <summary>Asks name servers and writes the response to the client's query.</summary>
    /// <param name="answers">What decided that the query is passed through.</param>
    /// <param name="passed">The query.</param>
    /// <param name="message">Its message.</param>
    /// <param name="buffer">Where the response goes.</param>
    /// <param name="udp">Whether it came over UDP.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The response's length, and <see cref="DnsOutcome.Error"/> when the question was not even asked.</returns>
    public async Task<(int Length, DnsOutcome Outcome)> AnswerAsync(
        DnsAnswers answers, DnsQuestion passed, ReadOnlyMemory<byte> message, Memory<byte> buffer, bool udp, IPAddress client, CancellationToken cancellation)
    {
        var answer = await AskAsync(passed, client, cancellation);
        var length = Write(answers, passed, message.Span, DnsAnswers.Fit(buffer.Span, passed.Query, udp), answer);
        return (length, answer is { Response: null, Failure: null or TooManyLookupsException } ? DnsOutcome.Error : DnsOutcome.PassThrough);
    }

    /// <summary>Waits until nothing is under way; what began before is to be cancelled first.</summary>
    public Task DrainAsync() => _waiting.WaitUntilEmptyAsync();

    private async Task<DnsAnswer> AskAsync(DnsQuestion passed, IPAddress client, CancellationToken cancellation)
    {
        if (lookups is null)
        {
            DnsLog.NoUpstream(logger, passed.Name.Text);
            return default;
        }

        if (!_waiting.TryTake(client))
        {
            return Log(passed, client, new DnsAnswer(null, new TooManyLookupsException()));
        }

        try
        {
            return Log(passed, client, await lookups.AskAsync(passed.Name.Text, passed.Query.Type, client, cancellation));
        }
        finally
        {
            _waiting.Return(client);
        }
    }

    private DnsAnswer Log(in DnsQuestion passed, IPAddress client, DnsAnswer answer)
    {
        if (answer.Failure is TooManyLookupsException)
        {
            if (_refusals.IsDue())
            {
                DnsLog.TooManyWaiting(logger, client);
            }
        }
        else if (answer.Failure is { } failure && _failures.IsDue())
        {
            DnsLog.PassThroughFailed(logger, failure, passed.Name.Text);
        }

        return answer;
    }

    /// <summary>The response is written anew from what was understood: nothing else that upstream sent reaches the client.</summary>
    private static int Write(DnsAnswers answers, in DnsQuestion passed, ReadOnlySpan<byte> message, Span<byte> buffer, DnsAnswer answer)
    {
        var writer = new DnsResponseWriter(buffer, message, passed.Query, CodeOf(answers, passed, answer.Response))
        {
            NegativeTtl = NegativeTtlOf(answer),
        };
        foreach (var record in answer.Response?.Answers ?? [])
        {
            var ttl = record.Ttl - Math.Min(record.Ttl, answer.Age);
            if (record.Target is { } target)
            {
                writer.AddAlias(record.Name, target, ttl);
            }
            else if (record.Type == passed.Query.Type && record.Address is { } address)
            {
                writer.AddAddress(record.Name, address, ttl);
            }
        }

        return writer.Finish();
    }

    /// <summary>Nothing when the name server does not say how long: clients do not keep that then.</summary>
    private static uint NegativeTtlOf(DnsAnswer answer)
    {
        var ttl = Math.Min(DnsAnswer.MaxNegativeSeconds, answer.Response?.NegativeTtl ?? 0);
        return ttl - Math.Min(ttl, answer.Age);
    }

    private static DnsResponseCode CodeOf(DnsAnswers answers, in DnsQuestion passed, DnsResponse? response) => response?.Code switch
    {
        DnsResponseCode.NoError => DnsResponseCode.NoError,

        // RFC 8020: that a name does not exist says that none below it does, and names that are answered here do.
        DnsResponseCode.NameError => answers.HasNamesBelow(passed.Name) ? DnsResponseCode.NoError : DnsResponseCode.NameError,
        _ => DnsResponseCode.ServerFailure,
    };
}
