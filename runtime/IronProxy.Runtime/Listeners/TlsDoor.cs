using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using IronProxy.Certificates;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Reads the server name of TLS, and terminates it with a leaf certificate that it mints or finds, or has it passed through. Handshakes that lead nowhere are
/// recorded. A name that policy denies gets a leaf too, so that the client can read why it was denied.
/// </summary>
/// <param name="policies">The policy.</param>
/// <param name="spliceDoor">Passes TLS through that is not opened.</param>
/// <param name="auditLog">Where records go.</param>
/// <param name="metrics">What counts.</param>
/// <param name="time">The clock.</param>
internal sealed class TlsDoor(CurrentPolicy policies, SpliceDoor spliceDoor, AuditLog auditLog, ProxyMetrics metrics, TimeProvider time)
{
    /// <summary>Peeks at the ClientHello, then lets the server's own TLS run.</summary>
    /// <param name="connection">The connection; nothing of it is consumed here.</param>
    /// <param name="tls">The server's TLS and all that follows it.</param>
    public async Task EnterAsync(ConnectionContext connection, ConnectionDelegate tls)
    {
        var proxy = connection.Features.GetRequiredFeature<ProxyConnection>();
        proxy.IsTls = true;
        using var deadline = new PeekDeadline(connection, time);
        var (status, hello, any) = await PeekAsync(connection).ConfigureAwait(false);
        deadline.Stop();
        if (status != ParseStatus.Done)
        {
            // A connection that was opened and closed without a byte asked for nothing.
            if (any)
            {
                await RecordAsync(proxy, deadline.Expired ? Reason.TunnelTimeout : Reason.TlsHandshake).ConfigureAwait(false);
            }

            if (status == ParseStatus.Invalid)
            {
                await AlertAsync(connection, TlsAlert.DecodeError).ConfigureAwait(false);
            }

            return;
        }

        proxy.Sni = hello!.ServerName;
        proxy.OffersTls13 = hello.OffersTls13;
        var active = policies.Active;
        if (ChooseName(proxy, out var host) is { } reason && !(reason == Reason.TlsWithoutName && TryLead(active, connection, proxy, out host)))
        {
            await RecordAsync(proxy, reason).ConfigureAwait(false);
            await AlertAsync(connection, reason == Reason.TlsWithoutName ? TlsAlert.MissingExtension : TlsAlert.UnrecognizedName).ConfigureAwait(false);
            return;
        }

        if (active.Policy.PassesThrough(host, proxy.TlsPort, active.ClientOf(proxy)?.Name))
        {
            await spliceDoor.EnterAsync(connection, proxy, hello, host).ConfigureAwait(false);
            return;
        }

        proxy.TlsHost = host;
        await tls(connection).ConfigureAwait(false);
        if (!proxy.TlsCompleted && !proxy.TlsFailureRecorded)
        {
            // Most often a client that does not trust the CA.
            await RecordAsync(proxy, Reason.TlsHandshake).ConfigureAwait(false);
        }
    }

    /// <summary>Chooses the certificate. The server calls this in the handshake.</summary>
    public async ValueTask<SslServerAuthenticationOptions> SelectAsync(TlsHandshakeCallbackContext context)
    {
        var proxy = context.Connection.Features.Get<ProxyConnection>()
            ?? throw new System.Diagnostics.UnreachableException("A connection came past the listeners.");
        var host = proxy.TlsHost;
        var port = proxy.TlsPort;
        var active = policies.Active;
        var policy = active.Policy;
        var denied = !policy.DecideAllowlists(policy.Matcher.FindHost(host), CanonicalRequest.Destination(host, port, active.ClientOf(proxy)?.Name), out _).Allowed;
        var name = host.Address is { } address ? LeafName.ForAddress(address) : LeafName.ForHost(host.Text);
        try
        {
            return new SslServerAuthenticationOptions
            {
                ServerCertificateContext = await active.Leaves!.GetAsync(name, denied, context.CancellationToken).ConfigureAwait(false), // TLS is terminated where there are some.
                EnabledSslProtocols = proxy.OffersTls13 ? SslProtocols.Tls12 | SslProtocols.Tls13 : SslProtocols.Tls12,

                // TLS 1.3 has no others, and options with a policy cost its clients their resumed sessions.
                CipherSuitesPolicy = OperatingSystem.IsLinux() && !proxy.OffersTls13 && Checks.On(Check.TlsSuites) ? Tls12.Suites : null,
            };
        }
        catch (LeafRateLimitException e)
        {
            metrics.Reached(Limit.NewCertificatesPerMinute);
            await RecordAsync(proxy, Reason.TooManyCertificates).ConfigureAwait(false);
            throw new ConnectionAbortedException(Reason.TooManyCertificates.Sentence, e);
        }
    }

    /// <summary>
    /// The name that a leaf is made for, or that policy is asked about: the server name, or the tunnel's host when the client named none. An address is only
    /// taken from a tunnel: RFC 6066, 3, has no addresses in server names.
    /// </summary>
    private static Reason? ChooseName(ProxyConnection proxy, out CanonicalHost host)
    {
        if (proxy.Sni is { } sni)
        {
            return CanonicalHost.TryCreate(sni, bracketed: false, out host)
                ?? (!IsServerName(sni, host) && Checks.On(Check.LeafNames) ? Reason.InvalidHost : null);
        }

        host = proxy.Tunnel?.Host ?? default;
        return proxy.Tunnel is null ? Reason.TlsWithoutName
            : host.Address is null && !LeafName.IsHost(host.Text) ? Reason.InvalidHost
            : null;
    }

    /// <summary>
    /// Takes the address that the client dialled for the name that it does not send, where TLS to it is passed through. What is opened needs a name: a certificate for an
    /// address is asked for by nobody who sends none.
    /// </summary>
    private static bool TryLead(ActivePolicy active, ConnectionContext connection, ProxyConnection proxy, out CanonicalHost host)
    {
        host = default;
        if (proxy.Listener != ListenerRole.Https || OriginalDestination.Find(ClientSocket.Of(connection)) is not { } dialled)
        {
            return false;
        }

        host = CanonicalHost.FromAddress(dialled.Address);
        if (!active.Policy.PassesThrough(host, dialled.Port, active.ClientOf(proxy)?.Name))
        {
            return false;
        }

        proxy.Destination = dialled;
        return true;
    }

    /// <summary>RFC 6066, 3: neither an address nor a name with a trailing dot, which no certificate has.</summary>
    private static bool IsServerName(string sni, CanonicalHost host) =>
        host.Address is null && !sni.EndsWith('.') && LeafName.IsHost(host.Text);

    private static async ValueTask AlertAsync(ConnectionContext connection, TlsAlert alert) =>
        await connection.Transport.Output.WriteAsync(TlsAlertRecord.Create(alert)).ConfigureAwait(false);

    private static async ValueTask<(ParseStatus Status, ClientHello? Hello, bool Any)> PeekAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            var buffer = read.Buffer;
            var status = ClientHelloParser.TryParse(buffer, out var hello);
            var any = !buffer.IsEmpty;
            var over = read.IsCompleted || read.IsCanceled;
            if (status == ParseStatus.NeedMore && !over)
            {
                input.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }

            input.AdvanceTo(buffer.Start);
            return (status, hello, any);
        }
    }

    private ValueTask RecordAsync(ProxyConnection proxy, Reason reason)
    {
        proxy.TlsFailureRecorded = true;
        var active = policies.Active;
        var audit = ConnectionRecords.Create(auditLog, proxy, active.Policy.Plan.Tls.Mode.Name(), reason, host: proxy.Tunnel?.Host.Text ?? proxy.Sni ?? "", port: proxy.Tunnel?.Port, scheme: "https");
        audit.Client = active.ClientOf(proxy);
        return auditLog.WriteRefusalAsync(audit);
    }

    /// <summary>What is left of TLS 1.2 when each session has keys of its own and none is padded (RFC 9325, 4.2). Leaves have ECDSA keys.</summary>
    [SupportedOSPlatform("linux")]
    private static class Tls12
    {
        public static readonly CipherSuitesPolicy Suites = new(
        [
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ]);
    }
}
