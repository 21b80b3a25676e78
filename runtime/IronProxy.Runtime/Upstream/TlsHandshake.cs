using System.Net.Security;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Tls;

namespace IronProxy.Runtime.Upstream;

/// <summary>Begins TLS as a client, with upstreams and with proxies on the way to them.</summary>
/// <param name="trust">Whose certificates are accepted.</param>
internal sealed class TlsHandshake(UpstreamTrust trust)
{
    /// <summary>Offers HTTP/1.1 alone.</summary>
    public static readonly List<SslApplicationProtocol> Http1 = [SslApplicationProtocol.Http11];

    /// <summary>Offers HTTP/2 beside HTTP/1.1.</summary>
    public static readonly List<SslApplicationProtocol> Http2 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    /// <summary>Begins TLS on a connection, which is closed when that fails.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="host">Who must be at its end.</param>
    /// <param name="protocols">What is offered.</param>
    /// <param name="permit">The right to the connection.</param>
    /// <param name="failure">What it is when this fails.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The other side's TLS was not accepted.</exception>
    public async ValueTask<UpstreamTlsStream> BeginAsync(
        Stream stream, CanonicalHost host, List<SslApplicationProtocol> protocols, UpstreamPermit permit, Reason failure, CancellationToken cancellation)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host.Text,
            ApplicationProtocols = protocols,
            CertificateChainPolicy = trust.ChainPolicy,
        };
        if (!Checks.On(Check.UpstreamCertificate))
        {
#pragma warning disable CA5359 // No build that ships gets here: see Checks.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        var records = new TlsRecordStream(stream);
        var tls = new UpstreamTlsStream(records, permit);
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
#pragma warning disable CA1031 // Whatever the handshake fails of, it is the other side's TLS that was not accepted.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new UpstreamRefusedException(failure, e) { SharesNoProtocol = records.Alert == TlsAlert.NoApplicationProtocol };
        }
    }
}
