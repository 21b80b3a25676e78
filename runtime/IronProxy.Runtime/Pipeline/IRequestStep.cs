using IronProxy.Plan;

namespace IronProxy.Runtime.Pipeline;

/// <summary>One compiled transform, ready to run. It is shared by all requests and keeps no state of any.</summary>
public interface IRequestStep
{
    /// <summary>The transform's name.</summary>
    string Name { get; }

    /// <summary>Looks at a request, may change what is sent upstream, and says whether it goes on.</summary>
    ValueTask<StepOutcome> RunAsync(RequestContext context);
}

/// <summary>What a step decided.</summary>
/// <param name="Rejection">Null when the request goes on.</param>
/// <param name="Rule">The place in proxy.yaml that decided, when one did.</param>
public readonly record struct StepOutcome(Reason? Rejection, SourcePosition? Rule)
{
    /// <summary>The request goes on; the step has nothing to say about which rule decided.</summary>
    public static StepOutcome Continue => default;

    /// <summary>The request goes on because of a rule.</summary>
    public static StepOutcome Allow(SourcePosition? rule) => new(null, rule);

    /// <summary>The request is rejected.</summary>
    public static StepOutcome Reject(Reason reason, SourcePosition? rule) => new(reason, rule);
}
