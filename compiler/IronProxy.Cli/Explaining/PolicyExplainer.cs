using IronProxy.Cli.Inputs;
using IronProxy.Plan;

namespace IronProxy.Cli.Explaining;

/// <summary>Answers any request, tunnels included. <c>ironc explain</c> and <c>ironc test</c> ask it.</summary>
internal sealed class PolicyExplainer(PlanPolicy policy)
{
    /// <summary>Answers a request.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="body">Its body. Null when it is not known.</param>
    public Explanation Explain(AskedRequest asked, IReadOnlyList<AskedHeader> headers, AskedBody? body = null) => asked.IsTunnel
        ? new TunnelExplainer(policy).Explain(asked.Target)
        : new RequestExplainer(policy).Explain(asked, headers, body);

    /// <summary>Prepares the policy of a plan.</summary>
    /// <exception cref="CliException">The plan's tables do not fit together.</exception>
    public static PolicyExplainer Of(PlanSource source) => new(source.ToPolicy());
}
