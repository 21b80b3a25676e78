using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Clients;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Protocols;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// TLS of the tunnel listener itself: what is behind it is the tunnel door, whose tunnels carry TLS of their own. A client may show a certificate here.
/// </summary>
/// <param name="policies">The policy.</param>
/// <param name="auditLog">Where records go.</param>
/// <param name="time">The clock.</param>
internal sealed class TunnelTlsDoor(CurrentPolicy policies, AuditLog auditLog, TimeProvider time)
{
    /// <summary>Looks at the first bytes, then lets the server's own TLS run.</summary>
    /// <param name="connection">The connection; nothing of it is consumed here.</param>
    /// <param name="tls">The server's TLS and all that follows it.</param>
    public async Task EnterAsync(ConnectionContext connection, ConnectionDelegate tls)
    {
        var proxy = connection.Features.GetRequiredFeature<ProxyConnection>();
        using var deadline = new PeekDeadline(connection, time);
        var kind = await FirstBytesPeek.ClassifyAsync(connection).ConfigureAwait(false);
        deadline.Stop();
        if (kind == FirstBytesKind.NeedMore && !deadline.Expired)
        {
            return; // It was opened and closed, and asked for nothing.
        }

        if (kind != FirstBytesKind.Tls)
        {
            await RecordAsync(proxy, deadline.Expired ? Reason.TunnelTimeout : Reason.TlsHandshake).ConfigureAwait(false);
            return;
        }

        await tls(connection).ConfigureAwait(false);
        if (proxy.TunnelTls is null)
        {
            await RecordAsync(proxy, proxy.RefusedCertificate ? Reason.ClientCertificateInvalid : Reason.TlsHandshake).ConfigureAwait(false);
        }
    }

    /// <summary>Goes on behind the handshake. To all that follows, this connection has had no TLS yet.</summary>
    public static Task EnteredAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.GetRequiredFeature<ProxyConnection>().TunnelTls = connection.Features.GetRequiredFeature<ISslStreamFeature>().SslStream;
        connection.Features.Set<ISslStreamFeature>(null);
        connection.Features.Set<ITlsConnectionFeature>(null);
        connection.Features.Set<ITlsHandshakeFeature>(null);
        connection.Features.Set<ITlsApplicationProtocolFeature>(null);
        return next(connection);
    }

    /// <summary>Chooses the certificate. The server calls this in the handshake.</summary>
    public ValueTask<SslServerAuthenticationOptions> SelectAsync(TlsHandshakeCallbackContext context)
    {
        var proxy = context.Connection.Features.Get<ProxyConnection>()
            ?? throw new System.Diagnostics.UnreachableException("A connection came past the listeners.");
        var active = policies.Active;
        var certificate = active.TunnelCertificate!; // A swap leaves the section where it is.
        var cas = active.Policy.Clients is { TakesCertificates: true } ? certificate.ClientCas : null;
        return new(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Server,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CipherSuitesPolicy = OperatingSystem.IsLinux() ? Suites.Accepted : null,

            // A session that is taken up again would bring the certificate of before, whatever has become of it.
            AllowTlsResume = cas is null,
            ClientCertificateRequired = cas is not null,
            CertificateChainPolicy = cas?.ChainPolicy(),
            RemoteCertificateValidationCallback = cas is null ? null : (_, shown, chain, errors) => Accept(proxy, shown, chain, cas, errors),
        });
    }

    /// <summary>A client may show none: then it is told by what it shows later, or by where it comes from.</summary>
    private static bool Accept(ProxyConnection proxy, X509Certificate? shown, X509Chain? chain, ClientCas cas, SslPolicyErrors errors)
    {
        if (shown is null)
        {
            return true;
        }

        if (errors != SslPolicyErrors.None && Checks.On(Check.ClientCertificateChain))
        {
            proxy.RefusedCertificate = true;
            return false;
        }

        var others = chain?.ChainElements.Skip(1).Select(e => e.Certificate) ?? [];
        proxy.Certificate = new ClientCertificate(shown as X509Certificate2 ?? new X509Certificate2(shown), others, cas);
        return true;
    }

    private ValueTask RecordAsync(ProxyConnection proxy, Reason reason) => auditLog.WriteRefusalAsync(ConnectionRecords.Create(auditLog, proxy, "", reason));

    /// <summary>What each session has keys of its own with, none of them padded (RFC 9325, 4.2), whatever key the certificate has.</summary>
    [SupportedOSPlatform("linux")]
    private static class Suites
    {
        public static readonly CipherSuitesPolicy Accepted = new(
        [
            TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]);
    }
}
