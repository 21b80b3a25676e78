using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>What a question brought, now or a while ago.</summary>
/// <param name="Response">What a name server said; null when none did.</param>
/// <param name="Failure">Why there is no response.</param>
/// <param name="Age">How long it has been kept, in seconds.</param>
internal readonly record struct DnsAnswer(DnsResponse? Response, DnsUpstreamException? Failure, uint Age = 0)
{
    /// <summary>Addresses are asked for again after a minute, whatever their records say: they change when upstreams fail.</summary>
    private const uint MaxSeconds = 60;

    /// <summary>That there is nothing is believed for half of that; records without a limit are not kept (RFC 2308, 5).</summary>
    public const uint MaxNegativeSeconds = 30;

    /// <summary>RFC 9520, 3.2: failures are kept too, so that they are not multiplied; a second is the least.</summary>
    private const uint FailureSeconds = 1;

    /// <summary>How long it may be kept.</summary>
    public TimeSpan Lifetime(DnsType type) => TimeSpan.FromSeconds(Response switch
    {
        null or { Code: not (DnsResponseCode.NoError or DnsResponseCode.NameError) } => FailureSeconds,
        { Answers: var answers } when answers.Any(a => a.Type == type) => Math.Min(MaxSeconds, answers.Min(a => a.Ttl)),
        { Answers: var answers, NegativeTtl: var ttl } => Math.Min(MaxNegativeSeconds, answers.Select(a => a.Ttl).Append(ttl).Min()),
    });
}
