namespace IronProxy.Plan;

/// <summary>
/// What policy is asked about: one host, port, scheme, method and path, and who asks. A destination, as a tunnel names it before
/// any request is seen, has neither method nor path.
/// </summary>
public sealed record CanonicalRequest
{
    /// <summary>The host.</summary>
    public required CanonicalHost Host { get; init; }

    /// <summary>The port that is dialled.</summary>
    public required int Port { get; init; }

    /// <summary><c>http</c> or <c>https</c>. Null for a destination.</summary>
    public string? Scheme { get; init; }

    /// <summary>Method. Null for a destination.</summary>
    public string? Method { get; init; }

    /// <summary>Path and query. Meaningless for a destination.</summary>
    public RequestTarget Target { get; init; }

    /// <summary>Name of the client that asks. Null when it is not known who does.</summary>
    public string? Client { get; init; }

    /// <summary>Whether only host, port and client are known.</summary>
    public bool IsDestination => Method is null;

    /// <summary>The port of a scheme.</summary>
    public static int DefaultPort(string scheme) => scheme == "https" ? 443 : 80;

    /// <summary>The value of Host: the port is written when it is not the scheme's.</summary>
    public string HostHeader => Scheme is not null && Port == DefaultPort(Scheme) ? Host.UriText : $"{Host.UriText}:{Port}";

    /// <summary>A destination: a host and a port.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">Who asks for it; null when that is not known.</param>
    public static CanonicalRequest Destination(CanonicalHost host, int port, string? client) => new() { Host = host, Port = port, Client = client };

    /// <summary>Checks and joins what was read of a request.</summary>
    /// <param name="scheme"><c>http</c> or <c>https</c>, from the connection.</param>
    /// <param name="authority">The request's authority.</param>
    /// <param name="method">The method as it came.</param>
    /// <param name="rawTarget">The origin-form target as it came.</param>
    /// <param name="request">The canonical request.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? TryCreate(string scheme, CanonicalAuthority authority, string method, string rawTarget, out CanonicalRequest request)
    {
        request = null!; // Set below, or not read: a reason is returned.
        if (Checks.On(Check.MethodToken) && !RequestMethod.IsValid(method))
        {
            return Reason.InvalidMethod;
        }

        if (RequestTarget.TryCreate(rawTarget, out var target) is { } reason)
        {
            return reason;
        }

        request = new CanonicalRequest
        {
            Host = authority.Host,
            Port = authority.Port ?? DefaultPort(scheme),
            Scheme = scheme,
            Method = method,
            Target = target,
        };
        return null;
    }

    /// <summary>Reads a whole URL, as <c>ironc explain</c> and absolute-form requests (RFC 9112, 3.2.2) have it.</summary>
    /// <param name="method">The method.</param>
    /// <param name="url">An absolute URL of scheme http or https.</param>
    /// <param name="request">The canonical request.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? TryCreateFromUrl(string method, string url, out CanonicalRequest request)
    {
        request = null!; // Set below, or not read: a reason is returned.
        if (TrySplitUrl(url, out var scheme, out var authority, out var target) is { } reason)
        {
            return reason;
        }

        return TryCreate(scheme, authority, method, target, out request);
    }

    /// <summary>Splits an absolute URL into its scheme, authority and origin-form target.</summary>
    public static Reason? TrySplitUrl(string url, out string scheme, out CanonicalAuthority authority, out string target)
    {
        authority = default;
        target = "/";
        scheme = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        if (!url.StartsWith(scheme + "://", StringComparison.OrdinalIgnoreCase))
        {
            return Reason.UnsupportedTarget;
        }

        var start = scheme.Length + 3;
        var end = url.AsSpan(start).IndexOfAny('/', '?', '#') is >= 0 and var length ? start + length : url.Length;
        var raw = url[start..end];
        var rest = url[end..];
        target = rest.StartsWith('/') ? rest : "/" + rest;

        var at = raw.LastIndexOf('@');
        if (at >= 0)
        {
            if (Checks.On(Check.TargetUserinfo))
            {
                return Reason.UserinfoInTarget;
            }

            raw = raw[(at + 1)..];
        }

        return CanonicalAuthority.TryParse(raw, out authority);
    }
}
