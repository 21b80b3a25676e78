using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Runtime.Upstream;

/// <summary>The proxies on the way to upstreams: which origins are reached through which.</summary>
/// <param name="http">The one for requests over http; null for none.</param>
/// <param name="https">The one for requests over https; null for none.</param>
/// <param name="isDirect">Whether an origin is dialled without a proxy all the same.</param>
internal sealed class UpstreamProxies(UpstreamProxy? http, UpstreamProxy? https, Func<UpstreamOrigin, bool> isDirect)
{
    /// <summary>Prepares the proxies that a plan names.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="matcher">Knows the hosts that are dialled without a proxy.</param>
    /// <param name="read">Has the password read, and asks why a value cannot be used.</param>
    /// <exception cref="PlanException">A URL cannot be read.</exception>
    public static UpstreamProxies Of(UpstreamProxyPlan plan, PlanMatcher matcher, Func<CredentialPlan, Func<SecretValue, string?>, ILive<SecretValue>> read)
    {
        var (http, https) = (Read(plan.HttpProxy), Read(plan.HttpsProxy));
        var isSocks = http is { IsSocks: true } || https is { IsSocks: true };
        var password = plan.Password is { } credential ? read(credential, value => UpstreamProxy.FindProblem(value.Reveal(), isSocks)) : null;
        return new UpstreamProxies(
            With(http), With(https), origin => plan.NoProxy is { } direct && matcher.NamesHost(direct, matcher.FindHost(origin.Host)));

        UpstreamProxy? With(UpstreamProxyAddress? address) => address is { } known ? new UpstreamProxy(known, plan.Username, password) : null;
    }

    /// <summary>The proxy on the way to an origin; null when it is dialled itself.</summary>
    public UpstreamProxy? Find(UpstreamOrigin origin) => isDirect(origin) ? null : origin.IsTls ? https : http;

    private static UpstreamProxyAddress? Read(string? url)
    {
        if (url is null)
        {
            return null;
        }

        return UpstreamProxyAddress.TryParse(url, out var address) is null ? address : throw new PlanException("The plan's upstream_proxy names no proxy.");
    }
}
