using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Handling;

/// <summary>
/// The door: everything that names a destination is read here, once, and must agree. What passes has one host, port, scheme,
/// method and path; what does not is refused before any policy is asked.
/// </summary>
public static class RequestReader
{
    private const int MaxNamedHost = 260; // The longest name, a colon and a port.

    /// <summary>Reads a request.</summary>
    /// <param name="http">The server's view of it.</param>
    /// <param name="connection">What is known of its connection.</param>
    /// <param name="audit">Filled in with what was read, as far as it got.</param>
    /// <param name="request">The canonical request.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? TryRead(HttpContext http, ProxyConnection connection, AuditRecord audit, out CanonicalRequest request)
    {
        request = null!; // Set at the end, or not read: a reason is returned.
        var scheme = connection.IsTls ? "https" : "http";
        var rawTarget = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var method = RequestedWebSocket.IsExtended(http) ? HttpMethods.Get : http.Request.Method; // One request, whichever way it came.
        audit.Method = method;
        audit.Path = PathOf(rawTarget);
        ConnectionRecords.DescribeRequest(audit, connection);

        if (RequestFraming.Check(http.Request) is { } framing)
        {
            audit.Host = connection.Tunnel?.Host.Text ?? "";
            return framing;
        }

        if (ReadAuthority(http, connection, scheme, rawTarget, out var authority, out var target) is { } reason)
        {
            audit.Host = authority.Host.Text ?? connection.Tunnel?.Host.Text ?? NamedHost(http.Request);
            return reason;
        }

        audit.Host = authority.Host.Text;
        audit.Port = authority.Port ?? CanonicalRequest.DefaultPort(scheme);
        if ((RequestMethod.Unserved(method) ?? CanonicalRequest.TryCreate(scheme, authority, method, target, out request)) is { } refusal)
        {
            return refusal;
        }

        return CheckAgreement(connection, request);
    }

    /// <summary>The path of a target as it was received, for the audit record.</summary>
    public static string PathOf(string rawTarget)
    {
        var path = rawTarget;
        var authority = rawTarget.IndexOf("://", StringComparison.Ordinal);
        if (authority >= 0 && rawTarget[0] != '/')
        {
            var slash = rawTarget.IndexOf('/', authority + 3);
            path = slash < 0 ? "/" : rawTarget[slash..];
        }

        var question = path.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? path : path[..question];
    }

    private static Reason? ReadAuthority(
        HttpContext http, ProxyConnection connection, string scheme, string rawTarget, out CanonicalAuthority authority, out string target)
    {
        authority = default;
        target = rawTarget;
        var hosts = http.Request.Headers.Host;
        if (rawTarget.StartsWith('/'))
        {
            // A proxy port that is sent an origin-form target outside a tunnel has no destination but a header's word; the
            // transparent listeners are for that.
            if (connection is { Listener: ListenerRole.Tunnel, Tunnel: null })
            {
                return Reason.UnsupportedTarget;
            }

            return hosts.Count == 1 ? CanonicalAuthority.TryParse(hosts[0], out authority) : Reason.MissingHost;
        }

        // CONNECT and OPTIONS * name no resource that a rule could be about.
        if (HttpMethods.IsConnect(http.Request.Method) || !rawTarget.Contains("://", StringComparison.Ordinal))
        {
            return Reason.UnsupportedTarget;
        }

        if (CanonicalRequest.TrySplitUrl(rawTarget, out var targetScheme, out authority, out target) is { } reason)
        {
            return reason;
        }

        if (targetScheme != scheme && Checks.On(Check.SchemeMatches))
        {
            return Reason.SchemeMismatch;
        }

        // RFC 9112, 3.2.2: the target wins over Host. A Host that says something else is refused instead.
        if (hosts.Count != 1
            || CanonicalAuthority.TryParse(hosts[0], out var host) is not null
            || host.Host != authority.Host
            || (host.Port ?? CanonicalRequest.DefaultPort(scheme)) != (authority.Port ?? CanonicalRequest.DefaultPort(scheme)))
        {
            return Reason.AuthorityMismatch;
        }

        return null;
    }

    /// <summary>What the workload named for a host and is none, for the audit record; as long as a host can be.</summary>
    private static string NamedHost(HttpRequest request)
    {
        var named = request.Headers.Host.ToString();
        return named.Length <= MaxNamedHost ? named : named[..MaxNamedHost];
    }

    /// <summary>The tunnel's target, the TLS server name and the request's authority must be the same host and port.</summary>
    private static Reason? CheckAgreement(ProxyConnection connection, CanonicalRequest request)
    {
        if (connection.Sni is { } sni
            && (CanonicalHost.TryCreate(sni, bracketed: false, out var name) is not null || name != request.Host)
            && Checks.On(Check.SniMatchesHost))
        {
            return Reason.AuthorityMismatch;
        }

        if (connection.Tunnel is not { } tunnel)
        {
            return null;
        }

        if (tunnel.Host != request.Host && Checks.On(Check.TunnelHostMatches))
        {
            return Reason.AuthorityMismatch;
        }

        return tunnel.Port != request.Port && Checks.On(Check.TunnelPortMatches) ? Reason.AuthorityMismatch : null;
    }
}
