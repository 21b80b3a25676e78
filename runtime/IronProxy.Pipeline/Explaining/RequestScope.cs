using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Explaining;

/// <summary>What policy sees of a request, and which rules match or nearly match it.</summary>
internal sealed class RequestScope
{
    private readonly PlanPolicy _policy;
    private readonly HostMatch _host;
    private readonly NearestRules _nearest;

    public RequestScope(PlanPolicy policy, CanonicalRequest request)
    {
        _policy = policy;
        Request = request;
        _host = policy.Matcher.FindHost(request.Host);
        _nearest = policy.Matcher.Nearest(_host, request);
    }

    /// <summary>The request, or its destination when that is all that is seen.</summary>
    public CanonicalRequest Request { get; }

    public HostClass HostClass => _policy.Matcher.ClassOf(_host);

    public PolicyDecision Decide(AllowlistStepPlan step) => _policy.Decide(step, _host, Request);

    /// <summary>The rule of a set that comes nearest.</summary>
    public NearestMiss? Nearest(int set) => NearestMiss.Of(_policy.Plan, _nearest.In(set));
}
