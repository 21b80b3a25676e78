using Grpc.Net.Client;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.TransformServers;

/// <summary>Makes the ways to servers of grpc transforms. They go where the operator says: the denied networks are not for them, the proxy's own listeners are.</summary>
/// <param name="dialer">Resolves and connects.</param>
/// <param name="trust">Whose certificates are accepted when a transform names no CA.</param>
/// <param name="limits">The limits of bodies: an answer may have one.</param>
/// <param name="host">Reads the files that transforms name.</param>
/// <param name="time">The clock.</param>
internal sealed class TransformServerFactory(UpstreamDialer dialer, UpstreamTrust trust, BodyLimitsPlan limits, HostAccess host, TimeProvider time)
{
    /// <summary>What an answer has beside a body.</summary>
    private const long HeadRoom = 1024 * 1024;

    /// <summary>A connection that nobody answers on any more is noticed by pings, for which there need be no question.</summary>
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PingWait = TimeSpan.FromSeconds(10);

    /// <summary>Makes one.</summary>
    /// <exception cref="StartupException">A file that the transform names cannot be read or used.</exception>
    public ITransformServer Create(TransformServerAddress address)
    {
        var tls = address.Tls is { } plan ? TransformServerTls.Load(plan, address, host) : null;
        var handler = ConfiguredHttp.Create(dialer, tls?.Trust ?? trust);
        handler.EnableMultipleHttp2Connections = true; // Servers bound the questions that are open on one.
        handler.KeepAlivePingDelay = PingEvery;
        handler.KeepAlivePingTimeout = PingWait;
        if (tls?.Certificate is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = certificate;
        }

        // It is named as it is in URLs, and the certificate is held against that.
        var name = address.Host.Contains(':', StringComparison.Ordinal) ? $"[{address.Host}]" : address.Host;
        var channel = GrpcChannel.ForAddress(new Uri($"{(tls is null ? "http" : "https")}://{name}:{address.Port}"), new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = (int)Math.Min(Math.Max(limits.MaxRequestBytes, limits.MaxHeldResponseBytes) + HeadRoom, int.MaxValue),
            MaxSendMessageSize = null, // Bodies are bounded before.
        });
        return new TransformServer(channel, address.Timeout, time);
    }
}
