using System.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>Asks the matcher that runs about witnesses, so that none is shown which it would not confirm.</summary>
public sealed class WitnessJudge
{
    private readonly PlanPolicy _policy;

    /// <summary>Prepares a plan.</summary>
    /// <exception cref="PlanException">The plan's tables do not fit together.</exception>
    public WitnessJudge(ProxyPlan plan) => _policy = new PlanPolicy(plan);

    /// <summary>Whether every allowlist that denies lets the request through.</summary>
    public bool Reaches(RequestWitness witness)
    {
        var request = Known(Request(witness));
        var host = _policy.Matcher.FindHost(request.Host);
        if (!_policy.HasAllowlist || (request.Client is null && !_policy.ServesStrangers))
        {
            return false;
        }

        if (_policy.Visible(request) is { IsDestination: true } destination)
        {
            return _policy.DecideAllowlists(host, destination, out _).Allowed;
        }

        if (_policy.FindConflict(host, request, default) is not null)
        {
            return false;
        }

        foreach (var step in _policy.Plan.Steps.OfType<AllowlistStepPlan>().Where(s => !s.Warn))
        {
            if (!_policy.Decide(step, host, request).Allowed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the request gets through and one of some credentials, or what is made of it, may travel in it.</summary>
    public bool Sends(IEnumerable<CredentialUse> credentials, RequestWitness witness)
    {
        var request = Known(Request(witness));
        var host = _policy.Matcher.FindHost(request.Host);
        return Reaches(witness)
            && !_policy.Visible(request).IsDestination
            && credentials.Any(c => _policy.InScope(c.Rules, host, request, out _) && PlanPolicy.MayTravel(c.AllowPlaintext, request));
    }

    /// <summary>The canonical request of a witness.</summary>
    /// <exception cref="UnreachableException">It has none: the witness is wrong.</exception>
    public static CanonicalRequest Request(RequestWitness witness) =>
        CanonicalRequest.TryCreateFromUrl(witness.Method, witness.Url, out var request) is { } reason
            ? throw new UnreachableException($"The witness {witness} is no request: {reason}.")
            : request with { Client = witness.Client };

    /// <summary>A client that only another policy has is nobody to this one.</summary>
    private CanonicalRequest Known(CanonicalRequest request) =>
        request.Client is { } client && _policy.Clients?.Find(client) is null ? request with { Client = null } : request;

    /// <summary>Holds a witness against what the matcher says.</summary>
    /// <exception cref="UnreachableException">The matcher says something else.</exception>
    public static void Confirm(bool confirmed, RequestWitness witness)
    {
        if (!confirmed)
        {
            throw new UnreachableException($"The matcher does not confirm the witness {witness}.");
        }
    }
}
