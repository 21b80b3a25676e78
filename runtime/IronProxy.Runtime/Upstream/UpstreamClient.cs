using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// The HTTP client towards upstreams, set up to change nothing on its own: no redirects, cookies, decompression, proxies or
/// added headers.
/// </summary>
public sealed class UpstreamClient : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <summary>Makes the client.</summary>
    public UpstreamClient(UpstreamDialer dialer)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(30), // With TLS: lookups and connects have limits of their own, and reasons.
            MaxResponseHeadersLength = 128, // KiB, as for requests.
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ConnectCallback = (context, cancellation) => dialer.DialAsync(
                context.DnsEndPoint.Host, context.DnsEndPoint.Port, ((UpstreamRequest)context.InitialRequestMessage).Client, cancellation),
            PlaintextStreamFilter = static (context, _) =>
                new(context.NegotiatedHttpVersion.Major == 1 ? new HeaderSpellingStream(context.PlaintextStream) : context.PlaintextStream),
            SslOptions = new SslClientAuthenticationOptions
            {
                // Without this .NET fetches missing intermediates from addresses that the certificate names: outside policy.
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        if (!Checks.On(Check.UpstreamCertificate))
        {
#pragma warning disable CA5359 // No build that ships gets here: see Checks.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends a request and returns when the head of the response is there.</summary>
    public Task<HttpResponseMessage> SendAsync(UpstreamRequest request, CancellationToken cancellation) =>
        _invoker.SendAsync(request, cancellation);

    /// <inheritdoc />
    public void Dispose() => _invoker.Dispose();
}
