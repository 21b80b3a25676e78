using System.Collections.Frozen;

namespace IronProxy.Plan.Matching;

/// <summary>The compiled form of a <see cref="ConditionPlan"/>.</summary>
internal sealed class Condition
{
    private readonly bool _anyMethod;
    private readonly ulong _methodBits;
    private readonly FrozenSet<string> _otherMethods = FrozenSet<string>.Empty;
    private readonly PathPattern[]? _paths;
    private readonly PathPattern[]? _routes;
    private readonly int[]? _ports;
    private readonly string? _scheme;
    private readonly FrozenSet<string>? _clients;

    public Condition(ConditionPlan plan)
    {
        _anyMethod = plan.Methods is null;
        if (plan.Methods is { } methods)
        {
            foreach (var method in methods)
            {
                _methodBits |= RequestMethod.BitOf(method);
            }

            _otherMethods = methods.Where(m => RequestMethod.BitOf(m) == 0).ToFrozenSet(StringComparer.Ordinal);
        }

        _paths = plan.Paths?.Select(p => new PathPattern(p)).ToArray();
        _routes = plan.Paths?.Select(p => new PathPattern(p.ToLowerInvariant())).ToArray();
        _ports = plan.Ports?.ToArray();
        _scheme = plan.Scheme;
        _clients = plan.Clients?.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// Whether the request meets the condition. A destination has a client and a port, and could still become a request of any
    /// scheme, method and path.
    /// </summary>
    public bool Matches(CanonicalRequest request) =>
        (_ports is null || _ports.AsSpan().Contains(request.Port))
        && MatchesClient(request.Client)
        && (request.Method is not { } method || (MatchesScheme(request.Scheme) && MatchesMethod(method) && MatchesPath(request.Target)));

    /// <summary>What the condition asks and the request does not have. None exactly when the request meets the condition.</summary>
    public RuleDimensions Differences(CanonicalRequest request)
    {
        var differs = (_ports is null || _ports.AsSpan().Contains(request.Port) ? RuleDimensions.None : RuleDimensions.Port)
            | (MatchesClient(request.Client) ? RuleDimensions.None : RuleDimensions.Client);
        if (request.Method is not { } method)
        {
            return differs;
        }

        return differs
            | (MatchesScheme(request.Scheme) ? RuleDimensions.None : RuleDimensions.Scheme)
            | (MatchesMethod(method) ? RuleDimensions.None : RuleDimensions.Method)
            | (MatchesPath(request.Target) ? RuleDimensions.None : RuleDimensions.Path);
    }

    private bool MatchesClient(string? client) => _clients is null || (client is not null && _clients.Contains(client)) || !Checks.On(Check.ClientRules);

    private bool MatchesScheme(string? scheme) => _scheme is null || string.Equals(_scheme, scheme, StringComparison.Ordinal);

    private bool MatchesMethod(string method)
    {
        if (_anyMethod)
        {
            return true;
        }

        var bit = RequestMethod.BitOf(method);
        return bit != 0 ? (_methodBits & bit) != 0 : _otherMethods.Contains(method);
    }

    private bool MatchesPath(RequestTarget target)
    {
        if ((target.IsRoute ? _routes : _paths) is not { } patterns)
        {
            return true;
        }

        foreach (var pattern in patterns)
        {
            if (pattern.Matches(target.MatchPath))
            {
                return true;
            }
        }

        return false;
    }
}
