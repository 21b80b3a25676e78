using System.Net;
using System.Net.Security;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Clients;

namespace IronProxy.Runtime.Listeners;

/// <summary>A tunnel that was opened on a connection.</summary>
/// <param name="Mode"><c>connect</c> or <c>socks5</c>.</param>
/// <param name="Host">The host that the tunnel names.</param>
/// <param name="Port">The port that the tunnel names.</param>
/// <param name="Client">Who opened it; null when nobody was asked.</param>
public sealed record Tunnel(string Mode, CanonicalHost Host, int Port, ClientIdentity? Client);

/// <summary>What is known of a connection before its first request; a feature of the connection and of its requests.</summary>
/// <param name="listener">The listener.</param>
/// <param name="remoteAddress">The workload's address.</param>
public sealed class ProxyConnection(ListenerRole listener, EndPoint? remoteAddress)
{
    private readonly Lock _streams = new();
    private HashSet<int>? _refusedStreams;
    private int _latestStream;
    private int _underWay;
    private int _refusedForLoad;
    private bool _flooded;

    /// <summary>The listener.</summary>
    public ListenerRole Listener { get; } = listener;

    /// <summary>The workload's address.</summary>
    public EndPoint? RemoteAddress { get; } = remoteAddress;

    /// <summary>The workload's address for counting: the same one whether it came over IPv4 or over IPv4 in IPv6.</summary>
    public IPAddress ClientAddress { get; } = CanonicalHost.Unmap((remoteAddress as IPEndPoint)?.Address ?? IPAddress.None);

    /// <summary>The certificate that the client showed in TLS of the tunnel listener; null without one.</summary>
    internal ClientCertificate? Certificate { get; set; }

    /// <summary>Whether the handshake of that TLS ended because of the client's certificate.</summary>
    public bool RefusedCertificate { get; set; }

    /// <summary>TLS of the tunnel listener itself, once its handshake was completed; null without.</summary>
    internal SslStream? TunnelTls { get; set; }

    /// <summary>The tunnel inside which requests come, or null.</summary>
    public Tunnel? Tunnel { get; set; }

    /// <summary>The address that the client dialled, where that stands in the place of a server name that it does not send; else null.</summary>
    public IPEndPoint? Destination { get; set; }

    /// <summary>The port that TLS on it is for: the tunnel's, or that of the address that was dialled, and without one that of https.</summary>
    public int TlsPort => Tunnel?.Port ?? Destination?.Port ?? 443;

    /// <summary>Server name of the TLS handshake, as the client sent it; null without TLS or without a name.</summary>
    public string? Sni { get; set; }

    /// <summary>What the server reads of the client; null before its HTTP/1 begins, and on HTTP/2.</summary>
    internal Http1Input? Input { get; set; }

    /// <summary>The host that a leaf certificate is made for; set before the handshake.</summary>
    public CanonicalHost TlsHost { get; set; }

    /// <summary>Whether the client offers TLS 1.3.</summary>
    public bool OffersTls13 { get; set; }

    /// <summary>Whether requests come over TLS.</summary>
    public bool IsTls { get; set; }

    /// <summary>Whether the TLS handshake was completed.</summary>
    public bool TlsCompleted { get; set; }

    /// <summary>Whether the failure of the handshake has been recorded.</summary>
    public bool TlsFailureRecorded { get; set; }

    /// <summary>Whether an HTTP/1 request on it was recorded and then broken off: what the server says of its rest is no request.</summary>
    public bool IsBrokenOff { get; set; }

    /// <summary>
    /// The record of a refusal that found no room where it could not wait. The connection ends by it, and waits then; what else
    /// comes on it is no request any more.
    /// </summary>
    public AuditRecord? Unwritten { get; set; }

    /// <summary>The listener's name in audit records.</summary>
    public string ListenerName => Listener.Name();

    /// <summary>Says that an HTTP/2 request has reached the pipeline, which records it.</summary>
    /// <returns>False when the server has refused its stream in the meantime, and that was recorded.</returns>
    public bool TryBegin(int stream)
    {
        lock (_streams)
        {
            _latestStream = Math.Max(_latestStream, stream);
            if (_refusedStreams?.Contains(stream) == true)
            {
                return false;
            }

            _underWay++;
            return true;
        }
    }

    /// <summary>Says that an HTTP/2 request that has begun has its record.</summary>
    public void End()
    {
        lock (_streams)
        {
            _underWay--;
        }
    }

    /// <summary>Says that the server ends the connection for what came over it.</summary>
    /// <returns>Whether that is to be recorded: requests under way have records of their own, which say that they were broken off.</returns>
    public bool TryFail()
    {
        lock (_streams)
        {
            return _underWay == 0 && !_flooded;
        }
    }

    /// <summary>Says that more came over the connection than is served.</summary>
    /// <returns>Whether that is the first time.</returns>
    public bool TryFlood()
    {
        lock (_streams)
        {
            return !_flooded && (_flooded = true);
        }
    }

    /// <summary>Counts a stream that was refused because too many are open.</summary>
    /// <returns>How many there were.</returns>
    public int CountRefusedForLoad()
    {
        lock (_streams)
        {
            return ++_refusedForLoad;
        }
    }

    /// <summary>
    /// Says that the server has refused a stream. Streams begin in the order of their numbers, so one that is refused for its
    /// head is later than all that reached the pipeline; for an earlier one the pipeline sees the failure itself.
    /// </summary>
    /// <returns>Whether that is to be recorded.</returns>
    public bool TryRefuse(int stream)
    {
        lock (_streams)
        {
            if (stream <= _latestStream)
            {
                return false;
            }

            _latestStream = stream;
            (_refusedStreams ??= []).Add(stream);
            return true;
        }
    }
}
