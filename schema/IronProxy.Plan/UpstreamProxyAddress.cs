using System.Diagnostics;

namespace IronProxy.Plan;

/// <summary>How a proxy on the way to upstreams is spoken to.</summary>
public enum UpstreamProxyScheme
{
    /// <summary>CONNECT over TCP. The proxy is handed the name.</summary>
    Http,

    /// <summary>CONNECT over TLS. The proxy is handed the name.</summary>
    Https,

    /// <summary>SOCKS5. The proxy is handed an address.</summary>
    Socks5,

    /// <summary>SOCKS5. The proxy is handed the name.</summary>
    Socks5h,
}

/// <summary>Where a proxy on the way to upstreams is, and how it is spoken to.</summary>
/// <param name="Scheme">How it is spoken to.</param>
/// <param name="Host">Its host.</param>
/// <param name="Port">Its port.</param>
public readonly record struct UpstreamProxyAddress(UpstreamProxyScheme Scheme, CanonicalHost Host, int Port)
{
    private const string Separator = "://";

    /// <summary>The schemes as they are written, in the order of their values.</summary>
    private static readonly string[] Names = ["http", "https", "socks5", "socks5h"];

    /// <summary>Whether the proxy speaks SOCKS5.</summary>
    public bool IsSocks => Scheme is UpstreamProxyScheme.Socks5 or UpstreamProxyScheme.Socks5h;

    /// <summary>Reads a URL such as <c>socks5://proxy.corp.example:1080</c>. Without a port it is the one that is usual for the scheme.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="address">What it says.</param>
    /// <returns>Null, or why it is refused: <see cref="Reason.UnsupportedTarget"/> for the scheme, <see cref="Reason.InvalidPath"/> for what a proxy has not.</returns>
    public static Reason? TryParse(string url, out UpstreamProxyAddress address)
    {
        address = default;
        var end = url.IndexOf(Separator, StringComparison.Ordinal);
        var scheme = end < 0 ? -1 : Array.FindIndex(Names, n => url.AsSpan(0, end).Equals(n, StringComparison.OrdinalIgnoreCase));
        if (scheme < 0)
        {
            return Reason.UnsupportedTarget;
        }

        var rest = url.AsSpan(end + Separator.Length);
        if (rest.Contains('@'))
        {
            return Reason.UserinfoInTarget;
        }

        rest = rest is [.. var before, '/'] ? before : rest;
        if (rest.ContainsAny("/?#"))
        {
            return Reason.InvalidPath;
        }

        if (CanonicalAuthority.TryParse(rest, out var authority) is { } refusal)
        {
            return refusal;
        }

        address = new UpstreamProxyAddress((UpstreamProxyScheme)scheme, authority.Host, authority.Port ?? UsualPort((UpstreamProxyScheme)scheme));
        return null;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Names[(int)Scheme]}{Separator}{Host.UriText}:{Port}";

    private static int UsualPort(UpstreamProxyScheme scheme) => scheme switch
    {
        UpstreamProxyScheme.Http => 80,
        UpstreamProxyScheme.Https => 443,
        UpstreamProxyScheme.Socks5 or UpstreamProxyScheme.Socks5h => 1080,
        _ => throw new UnreachableException(),
    };
}
