using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>What a step decided: the request or response goes on, or is rejected, or is answered here.</summary>
public readonly record struct StepOutcome
{
    private StepOutcome(Reason? rejection, MadeResponse? answer, SourcePosition? rule)
    {
        Rejection = rejection;
        Answer = answer;
        Rule = rule;
    }

    /// <summary>It goes on; the step has nothing to say about which rule decided.</summary>
    public static StepOutcome Continue => default;

    /// <summary>Why it is rejected; null when it is not.</summary>
    public Reason? Rejection { get; }

    /// <summary>The response that the client gets; null when none was made here. Beside a rejection it takes the place of the proxy's own words.</summary>
    public MadeResponse? Answer { get; }

    /// <summary>The place in proxy.yaml that decided, when one did.</summary>
    public SourcePosition? Rule { get; }

    /// <summary>Whether the next step is asked.</summary>
    public bool Continues => Rejection is null && Answer is null;

    /// <summary>The request goes on because of a rule.</summary>
    public static StepOutcome Allow(SourcePosition? rule) => new(null, null, rule);

    /// <summary>The request is rejected.</summary>
    public static StepOutcome Reject(Reason reason, SourcePosition? rule) => new(reason, null, rule);

    /// <summary>The request or response is rejected, in words that are not the proxy's: they pass the response steps as an answer does.</summary>
    public static StepOutcome Reject(Reason reason, SourcePosition? rule, MadeResponse words) => new(reason, words, rule);

    /// <summary>
    /// The client gets this response. Nothing goes upstream; the response passes the response steps of the transforms before this one. From a response step
    /// it takes the place of what came.
    /// </summary>
    public static StepOutcome Respond(MadeResponse answer, SourcePosition? rule) => new(null, answer, rule);
}

/// <summary>A response that a step makes.</summary>
/// <param name="Status">Status code, 200 to 599.</param>
/// <param name="Headers">Its headers, without those that say where the body ends.</param>
/// <param name="Body">Its body.</param>
public sealed record MadeResponse(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body);
