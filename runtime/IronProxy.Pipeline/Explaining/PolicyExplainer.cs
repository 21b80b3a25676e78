using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Answers any request, tunnels included. <c>ironc explain</c> and <c>ironc test</c> ask it, and so does the management API of the runtime, about the policy that runs.</summary>
public sealed class PolicyExplainer(PlanPolicy policy)
{
    /// <summary>Answers a request.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="body">Its body. Null when it is not known.</param>
    public Explanation Explain(AskedRequest asked, IReadOnlyList<AskedHeader> headers, AskedBody? body = null) => asked.IsTunnel
        ? new TunnelExplainer(policy).Explain(asked)
        : new RequestExplainer(policy).Explain(asked, headers, body);
}
