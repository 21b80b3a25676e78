namespace IronProxy.Pipeline;

/// <summary>
/// A transform that runs: of requests, of responses, or of both. It is shared by all requests and keeps no state of any. One that is
/// <see cref="IDisposable"/> is disposed when its policy ends, behind the last request.
/// </summary>
public interface IStep
{
    /// <summary>The transform's name.</summary>
    string Name { get; }
}

/// <summary>A transform that sees requests.</summary>
public interface IRequestStep : IStep
{
    /// <summary>Whether it is asked when nothing is seen but host and port (<see cref="IronProxy.Plan.StepPlan.DecidesDestinations"/>).</summary>
    bool DecidesDestinations => false;

    /// <summary>Looks at a request, may change what is sent upstream, and says whether it goes on.</summary>
    ValueTask<StepOutcome> RunAsync(RequestContext context);
}

/// <summary>A transform that sees responses, in the reverse order of proxy.yaml.</summary>
public interface IResponseStep : IStep
{
    /// <summary>Whether it has anything to do with the response to a request; when not, it is not asked, and not recorded.</summary>
    bool Concerns(RequestContext request) => true;

    /// <summary>Whether it sees the answers of all other steps, too: those that do not pass it in its place pass it last.</summary>
    bool SeesEveryAnswer => false;

    /// <summary>Looks at a response before anything of it is sent, and may change its status, headers, body and trailers, or replace all of it.</summary>
    ValueTask<StepOutcome> RunAsync(ResponseContext response);
}
