using IronProxy.Runtime.Protocols.Dns;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Dns;

/// <summary>Answers queries through the upstream resolver. A bounded number waits at a time; the others fail at once.</summary>
internal sealed class DnsPassThrough(DnsUpstream? upstream, ILogger logger) : IDisposable
{
    private const int MaxWaiting = 256;

    private readonly SemaphoreSlim _waiting = new(MaxWaiting);

    /// <summary>Asks upstream and writes the response to the client's query.</summary>
    /// <returns>The response's length.</returns>
    public async Task<int> AnswerAsync(PassedQuery passed, ReadOnlyMemory<byte> message, Memory<byte> buffer, bool udp, CancellationToken cancellation)
    {
        var response = await AskAsync(passed, cancellation);
        return Write(passed.Query, message.Span, DnsAnswers.Fit(buffer.Span, passed.Query, udp), response);
    }

    /// <summary>Waits until nothing is under way; what began before is to be cancelled first.</summary>
    public async Task DrainAsync()
    {
        for (var i = 0; i < MaxWaiting; i++)
        {
            await _waiting.WaitAsync();
        }
    }

    public void Dispose() => _waiting.Dispose();

    private async Task<DnsResponse?> AskAsync(PassedQuery passed, CancellationToken cancellation)
    {
        if (upstream is null)
        {
            DnsLog.NoUpstream(logger, passed.Name.Text);
            return null;
        }

        if (!_waiting.Wait(0, CancellationToken.None))
        {
            DnsLog.TooManyWaiting(logger, passed.Name.Text);
            return null;
        }

        try
        {
            return await upstream.QueryAsync(passed.Name, passed.Query.Type, cancellation);
        }
        catch (DnsUpstreamException failure)
        {
            DnsLog.PassThroughFailed(logger, failure, passed.Name.Text);
            return null;
        }
        finally
        {
            _waiting.Release();
        }
    }

    /// <summary>The response is written anew from what was understood: nothing else that upstream sent reaches the client.</summary>
    private static int Write(in DnsQuery query, ReadOnlySpan<byte> message, Span<byte> buffer, DnsResponse? response)
    {
        var code = response?.Code is DnsResponseCode.NoError or DnsResponseCode.NameError ? response.Code : DnsResponseCode.ServerFailure;
        var writer = new DnsResponseWriter(buffer, message, query, code);
        if (response is not null)
        {
            foreach (var record in response.Answers)
            {
                if (record.Target is { } target)
                {
                    writer.AddAlias(record.Name, target, record.Ttl);
                }
                else if (record.Type == query.Type && record.Address is { } address)
                {
                    writer.AddAddress(record.Name, address, record.Ttl);
                }
            }
        }

        return writer.Finish();
    }
}
