using System.Net.Security;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.TransformServers;

/// <summary>TLS of the way to a server of a grpc transform.</summary>
/// <param name="Trust">Whose certificates are accepted; null for those that upstreams are trusted by.</param>
/// <param name="Certificate">What the proxy shows; null when it shows nothing.</param>
internal sealed record TransformServerTls(UpstreamTrust? Trust, SslStreamCertificateContext? Certificate)
{
    /// <summary>Reads the files that a transform names.</summary>
    /// <exception cref="StartupException">One cannot be read or used; one clear sentence.</exception>
    public static TransformServerTls Load(GrpcTlsPlan plan, TransformServerAddress address, HostAccess host)
    {
        var trust = plan.CaCert is { } ca ? UpstreamTrust.Only(PemFile.ReadCertificates(ca, Key("ca_cert"), host)) : null;
        if (plan.Cert is not { } cert || plan.Key is not { } key)
        {
            return new TransformServerTls(trust, null);
        }

        return new TransformServerTls(trust, PemFile.ReadPair(cert, key, Key("cert"), Key("key"), host));

        string Key(string name) => $"tls.{name} of grpc {address.Name} (line {address.At.Line})";
    }
}
