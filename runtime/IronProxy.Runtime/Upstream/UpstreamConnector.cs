using System.Net;
using System.Net.Security;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>Opens connections to upstreams, with TLS where the scheme asks for it.</summary>
/// <param name="dialer">Resolves, checks and connects.</param>
/// <param name="trust">Whose certificates are accepted.</param>
/// <param name="time">The clock.</param>
internal sealed class UpstreamConnector(UpstreamDialer dialer, UpstreamTrust trust, TimeProvider time)
{
    /// <summary>With TLS. Lookups and connects have limits of their own, and reasons.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly List<SslApplicationProtocol> Http1 = [SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> Http2 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Connects.</summary>
    /// <param name="origin">Where to.</param>
    /// <param name="offerHttp2">Whether HTTP/2 is offered beside HTTP/1.1.</param>
    /// <param name="permit">The right to the connection.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">Why there is no connection.</exception>
    public async ValueTask<Stream> ConnectAsync(UpstreamOrigin origin, bool offerHttp2, UpstreamPermit permit, IPAddress client, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            var stream = await dialer.DialAsync(origin.Host.Text, origin.Port, client, either.Token).ConfigureAwait(false);
            return origin.IsTls ? await SecureAsync(stream, origin, offerHttp2, permit, either.Token).ConfigureAwait(false) : stream;
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamRefusedException(Reason.UpstreamTimeout, e);
        }
    }

    private async ValueTask<SslStream> SecureAsync(Stream stream, UpstreamOrigin origin, bool offerHttp2, UpstreamPermit permit, CancellationToken cancellation)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = origin.Host.Text,
            ApplicationProtocols = offerHttp2 ? Http2 : Http1,
            CertificateChainPolicy = trust.ChainPolicy,
        };
        if (!Checks.On(Check.UpstreamCertificate))
        {
#pragma warning disable CA5359 // No build that ships gets here: see Checks.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        var tls = new UpstreamTlsStream(new TlsRecordStream(stream), permit);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellation).ConfigureAwait(false);
            return tls;
        }
        catch (OperationCanceledException)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
#pragma warning disable CA1031 // Whatever the handshake fails of, it is the upstream's TLS that was not accepted.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new UpstreamRefusedException(Reason.UpstreamTls, e);
        }
    }
}
