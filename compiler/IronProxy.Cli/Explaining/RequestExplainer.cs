using IronProxy.Plan;

namespace IronProxy.Cli.Explaining;

/// <summary>
/// Walks a request through the steps of a plan. Every question goes to the objects that the runtime asks: here they are
/// only put in order and their answers written down.
/// </summary>
internal sealed class RequestExplainer(PlanPolicy policy)
{
    public Explanation Explain(AskedRequest asked, IReadOnlyList<AskedHeader> headers, AskedBody? body)
    {
        var plan = PlanIdentity.Of(policy.Plan);
        if (Read(asked, headers, out var request) is { } refusal)
        {
            return new Explanation { Plan = plan, Verdict = Verdict.Deny(refusal) };
        }

        var visible = policy.Visible(request);
        var scope = new RequestScope(policy, visible);
        var walk = new RequestWalk(policy, scope, new TravellingRequest(policy, request, headers, body), scope.FindConflict(headers));
        return new Explanation
        {
            Plan = plan,
            Request = new RequestSummary(asked.Method, request.Scheme, request.Host.Text, request.Port, request.Target.Path)
            {
                Visible = visible.IsDestination ? "destination" : "request",
                BodyBytes = body?.Bytes.Length,
            },
            HostClass = scope.HostClass,
            Steps = [.. policy.Plan.Steps.Select(walk.Step)],
            Mcp = walk.Mcp(),
            Verdict = walk.Conclude(),
        };
    }

    private static Reason? Read(AskedRequest asked, IReadOnlyList<AskedHeader> headers, out CanonicalRequest request)
    {
        if ((CanonicalRequest.TryCreateFromUrl(asked.Method, asked.Target, out request) ?? RequestMethod.Unserved(asked.Method)) is { } reason)
        {
            return reason;
        }

        foreach (var header in headers)
        {
            if (!HeaderName.IsValid(header.Name) || !HeaderName.IsValidValue(header.Value))
            {
                return Reason.InvalidHeader;
            }

            if (header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase) && HostDisagrees(header.Value, request) is { } disagreement)
            {
                return disagreement;
            }
        }

        return null;
    }

    private static Reason? HostDisagrees(string value, CanonicalRequest request)
    {
        if (CanonicalAuthority.TryParse(value, out var authority) is { } reason)
        {
            return reason;
        }

        var port = authority.Port ?? CanonicalRequest.DefaultPort(request.Scheme!);
        return authority.Host == request.Host && port == request.Port ? null : Reason.AuthorityMismatch;
    }
}
