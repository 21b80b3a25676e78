using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// The way to what the operator has named and no request has: stores of secrets, token endpoints, collectors. The denied networks are not for them, the proxy's own
/// listeners are. No proxy of the environment, no redirects, no cookies, no traces.
/// </summary>
internal static class ConfiguredHttp
{
    /// <summary>How long a connection is kept: names may lead elsewhere later.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>How long connecting may take, TLS included.</summary>
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);

    /// <summary>The most headers of an answer, in KiB.</summary>
    private const int MaxHeaders = 64;

    /// <summary>Makes one. Whoever made it disposes it.</summary>
    /// <param name="dialer">Resolves and connects.</param>
    /// <param name="trust">Whose certificates are accepted.</param>
    public static SocketsHttpHandler Create(UpstreamDialer dialer, UpstreamTrust trust) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = ConnectionLifetime,
        ConnectTimeout = ConnectTime,
        MaxResponseHeadersLength = MaxHeaders,
        SslOptions = { CertificateChainPolicy = trust.ChainPolicy },
        ConnectCallback = (context, cancellation) => DialAsync(dialer, context.DnsEndPoint, cancellation),
    };

    /// <summary>How a request failed, in words that repeat nothing of what was sent or received.</summary>
    public static string Describe(Exception failure) => failure switch
    {
        OperationCanceledException => "it did not answer in time",
        { InnerException: UpstreamRefusedException refused } => refused.Message,
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown and var kind } => $"the request failed: {kind}",
        _ => "the request failed",
    };

    private static ValueTask<Stream> DialAsync(UpstreamDialer dialer, DnsEndPoint to, CancellationToken cancellation) =>
        CanonicalHost.TryCreateFromText(to.Host, out var host) is { } reason
            ? throw new UpstreamRefusedException(reason)
            : dialer.DialConfiguredAsync(host, to.Port, IPAddress.None, cancellation);
}
