using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Runtime.Upstream;

/// <summary>The proxies on the way to upstreams: which hosts are reached through which, and what they are shown.</summary>
internal sealed class UpstreamProxies
{
    private readonly UpstreamProxyAddress? _http;
    private readonly UpstreamProxyAddress? _https;
    private readonly int? _direct;
    private readonly PlanMatcher _matcher;
    private readonly string? _username;
    private readonly ILive<SecretValue>? _password;

    /// <summary>Prepares the proxies of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="matcher">Knows the hosts that are dialled without a proxy.</param>
    /// <param name="read">Has the password read, and asks why a value cannot be used.</param>
    /// <exception cref="PlanException">A URL cannot be read.</exception>
    public UpstreamProxies(UpstreamProxyPlan plan, PlanMatcher matcher, Func<CredentialPlan, Func<SecretValue, string?>, ILive<SecretValue>> read)
    {
        _http = Read(plan.HttpProxy);
        _https = Read(plan.HttpsProxy);
        _direct = plan.NoProxy;
        _matcher = matcher;
        _username = plan.Username;
        _password = plan.Password is { } password ? read(password, FindProblem) : null;
    }

    /// <summary>The proxy on the way to an origin; null when it is dialled itself.</summary>
    public UpstreamProxyAddress? Find(UpstreamOrigin origin) =>
        _direct is { } direct && _matcher.NamesHost(direct, _matcher.FindHost(origin.Host)) ? null : origin.IsTls ? _https : _http;

    /// <summary>What the proxies are shown; null for nothing.</summary>
    /// <exception cref="UpstreamRefusedException">The password cannot be read any more.</exception>
    public async ValueTask<ProxyCredentials?> CredentialsAsync(CancellationToken cancellation)
    {
        if (_username is not { } username || _password is not { } password)
        {
            return null;
        }

        try
        {
            return new ProxyCredentials(username, await password.GetAsync(cancellation).ConfigureAwait(false));
        }
        catch (SecretUnavailableException e)
        {
            throw new UpstreamRefusedException(Reason.CredentialUnavailable, e);
        }
    }

    /// <summary>Why a password cannot be sent.</summary>
    private string? FindProblem(SecretValue password) =>
        password.Reveal().Any(char.IsControl) ? "has a line break or another control character, so it cannot be sent to a proxy"
        : (_http is { IsSocks: true } || _https is { IsSocks: true }) && Encoding.UTF8.GetByteCount(password.Reveal()) > Socks5ClientMessages.MaxCredentialBytes
            ? $"is longer than {Socks5ClientMessages.MaxCredentialBytes} bytes, so it cannot be sent to a SOCKS5 proxy"
        : null;

    private static UpstreamProxyAddress? Read(string? url)
    {
        if (url is null)
        {
            return null;
        }

        return UpstreamProxyAddress.TryParse(url, out var address) is null ? address : throw new PlanException("The plan's upstream_proxy names no proxy.");
    }
}
