using System.Net.Security;
using IronProxy.Plan;
using IronProxy.Runtime.Clients;

namespace IronProxy.Runtime.Policies;

/// <summary>What the tunnel listener shows in TLS of its own, and whose certificates it accepts of clients. They are not disposed: handshakes may still use them.</summary>
/// <param name="Server">The listener's certificate, and those that lead to its CA.</param>
/// <param name="ClientCas">The CAs of clients; null when clients are asked for no certificate.</param>
internal sealed record TunnelCertificate(SslStreamCertificateContext Server, ClientCas? ClientCas)
{
    private const string Section = "proxy.tunnel_tls.";

    /// <summary>Reads the files that a plan names.</summary>
    /// <exception cref="StartupException">One cannot be read or used; one clear sentence.</exception>
    public static TunnelCertificate Load(TunnelTlsPlan plan, HostAccess host) => new(
        PemFile.ReadPair(plan.Cert, plan.Key, Section + "cert", Section + "key", host),
        plan.ClientCa is { } ca ? new ClientCas(PemFile.ReadCertificates(ca, Section + "client_ca", host)) : null);
}
