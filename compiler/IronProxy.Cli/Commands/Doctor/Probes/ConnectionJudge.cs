using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>
/// Finds out who answers at an address outside. That a connection opens proves nothing: a rule may have redirected it to the
/// proxy. So whoever accepted is asked for a name that cannot exist, and judged by the answer; and an address that nobody has
/// (RFC 5737, RFC 3849) is tried in the same way for comparison, since only something on the way can answer there.
/// </summary>
internal sealed class ConnectionJudge(DoctorSettings settings, string deniedName)
{
    private readonly ConcurrentDictionary<(AddressFamily Family, int Port), Lazy<Task<Peer>>> _controls = [];

    private enum PeerKind
    {
        /// <summary>No connection.</summary>
        Nobody,

        /// <summary>A refusal, by a firewall or by the address itself.</summary>
        Refused,

        /// <summary>iron-proxy, which said no.</summary>
        Proxy,

        /// <summary>A connection that was closed without a byte, whatever was asked.</summary>
        Closing,

        /// <summary>A connection on which nothing comes, whatever was asked.</summary>
        Silent,

        /// <summary>Somebody else.</summary>
        Stranger,
    }

    /// <summary>Tries to connect, and judges.</summary>
    public async Task<Outcome> JudgeAsync(IPEndPoint endpoint, string remedy, CancellationToken cancellation)
    {
        var peer = await WhoAnswersAsync(endpoint, cancellation);
        if (peer.Kind == PeerKind.Silent)
        {
            // A proxy that has just started, or has much to do, gets a second chance: silence would count as a hole.
            peer = await WhoAnswersAsync(endpoint, cancellation);
        }

        switch (peer.Kind)
        {
            case PeerKind.Silent:
                return (await ControlAsync(endpoint, cancellation)).Kind == PeerKind.Silent
                    ? Outcome.Broken("intercepted by something that does not answer: accepted at an address that nobody has, too", "make sure that iron-proxy is what rules redirect to, and that it keeps up; --timeout gives it longer")
                    : Outcome.Hole(peer.Detail, remedy);
            case PeerKind.Nobody:
                return Outcome.Closed(peer.Detail);
            case PeerKind.Proxy:
                return Outcome.Closed($"intercepted: {peer.Detail}");
            case PeerKind.Stranger:
                return Outcome.Hole(peer.Detail, remedy);
            case PeerKind.Refused:
                // A firewall refuses alike. But the kernel sends only so many refusals a second, so silence there proves nothing.
                return (await ControlAsync(endpoint, cancellation)).Kind == PeerKind.Refused
                    ? Outcome.Closed("refused, as is an address that nobody has")
                    : Outcome.Note("refused, while an address that nobody has is not: it may be the address itself that refuses. --probe one that listens");
            default:
                return (await ControlAsync(endpoint, cancellation)).Kind == PeerKind.Closing
                    ? Outcome.Closed("intercepted: accepted at an address that nobody has, too, and closed without a byte for a name outside the policy")
                    : Outcome.Hole("the connection opens; it is closed without a byte for the name that was asked for", remedy);
        }
    }

    /// <summary>Whether connections to any address come to the proxy, which only a rule can bring about.</summary>
    public async Task<bool> LeadsToProxyAsync(AddressFamily family, int port, CancellationToken cancellation) =>
        (await ControlAsync(NobodysAddress.Of(family, port), cancellation)).Kind == PeerKind.Proxy;

    private Task<Peer> ControlAsync(IPEndPoint endpoint, CancellationToken cancellation) =>
        _controls.GetOrAdd(
            (endpoint.AddressFamily, endpoint.Port),
            key => new Lazy<Task<Peer>>(() => WhoAnswersAsync(NobodysAddress.Of(key.Family, key.Port), cancellation))).Value;

    private async Task<Peer> WhoAnswersAsync(IPEndPoint endpoint, CancellationToken cancellation)
    {
        // Ports that speak TLS are asked in TLS first; a proxy that listens for the other one closes or complains.
        Func<Stream, CancellationToken, Task<Peer>>[] languages = endpoint.Port is 443 or 853 or 8443 ? [AskInTlsAsync, AskInHttpAsync] : [AskInHttpAsync, AskInTlsAsync];
        Peer? last = null;
        foreach (var ask in languages)
        {
            var peer = await ConnectAndAskAsync(endpoint, ask, cancellation);
            if (peer.Kind is not PeerKind.Closing)
            {
                // That it opened once is not forgotten when it does not a second time.
                return last is not null && peer.Kind is PeerKind.Nobody or PeerKind.Refused ? last : peer;
            }

            last = peer;
        }

        return last!;
    }

    private async Task<Peer> ConnectAndAskAsync(IPEndPoint endpoint, Func<Stream, CancellationToken, Task<Peer>> ask, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await TimeLimit.WithinAsync(
                settings.Timeout,
                async limit =>
                {
                    await socket.ConnectAsync(endpoint, limit);
                    return true;
                },
                cancellation);
            await using var stream = new NetworkStream(socket);
            try
            {
                return await TimeLimit.WithinAsync(settings.Timeout, limit => ask(stream, limit), cancellation);
            }
            catch (TimeoutException)
            {
                return new Peer(PeerKind.Silent, "the connection opens; who accepted it says nothing");
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                return new Peer(PeerKind.Closing, "the connection opens and is closed");
            }
        }
        catch (TimeoutException e)
        {
            return new Peer(PeerKind.Nobody, e.Message);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused
                ? new Peer(PeerKind.Refused, "refused")
                : new Peer(PeerKind.Nobody, Why(e));
        }
    }

    private async Task<Peer> AskInHttpAsync(Stream stream, CancellationToken cancellation)
    {
        try
        {
            return await HttpReply.AskAsync(stream, Request(), expectBody: true, cancellation) switch
            {
                null => new Peer(PeerKind.Closing, "closed without an answer"),
                { IsProxy: true } reply => new Peer(PeerKind.Proxy, $"iron-proxy answers {reply.Status} {reply.Reason}"),
                var reply => new Peer(PeerKind.Stranger, $"something that is not iron-proxy answers HTTP {reply.Status}"),
            };
        }
        catch (InvalidDataException)
        {
            return new Peer(PeerKind.Stranger, "something that is not iron-proxy answers");
        }
    }

    private async Task<Peer> AskInTlsAsync(Stream stream, CancellationToken cancellation)
    {
        TlsPeer tls;
        try
        {
            tls = await TlsPeer.OpenAsync(stream, deniedName, settings.Ca, cancellation);
        }
        catch (Exception e) when (e is AuthenticationException or Win32Exception)
        {
            // No TLS, or an alert. HTTP is tried next: who speaks it will answer there.
            return new Peer(PeerKind.Closing, "the TLS handshake fails");
        }

        await using (tls)
        {
            if (tls.SignedByCa == false)
            {
                return new Peer(PeerKind.Stranger, $"something answers TLS with a certificate that the proxy's CA has not signed ({tls.Issuer})");
            }

            try
            {
                var reply = await HttpReply.AskAsync(tls.Stream, Request(), expectBody: true, cancellation);
                return reply is { IsProxy: true }
                    ? new Peer(PeerKind.Proxy, $"iron-proxy answers {reply.Status} {reply.Reason}")
                    : new Peer(PeerKind.Stranger, $"something that is not iron-proxy answers TLS ({tls.Issuer})");
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                return new Peer(PeerKind.Stranger, $"something that is not iron-proxy answers TLS ({tls.Issuer})");
            }
        }
    }

    private string Request() => $"GET / HTTP/1.1\r\nHost: {deniedName}\r\nUser-Agent: ironc-doctor\r\nConnection: close\r\n\r\n";

    /// <summary>What a failed connect or send says, in words.</summary>
    public static string Why(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "unreachable",
        SocketError.AccessDenied => "not permitted",
        SocketError.ConnectionRefused => "refused",
        SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable or SocketError.ProtocolFamilyNotSupported => "this machine has no such network",
        _ => e.Message,
    };

    private sealed record Peer(PeerKind Kind, string Detail);
}
