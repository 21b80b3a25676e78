using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Runtime.Upstream;

/// <summary>Whose certificates are accepted of upstreams.</summary>
internal sealed class UpstreamTrust
{
    private UpstreamTrust(X509ChainPolicy policy)
    {
        // Without this .NET fetches missing intermediates from addresses that the certificate names: outside policy.
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        ChainPolicy = policy;
    }

    /// <summary>Those that the machine trusts.</summary>
    public static UpstreamTrust System { get; } = new(new X509ChainPolicy());

    /// <summary>How chains are built.</summary>
    public X509ChainPolicy ChainPolicy { get; }

    /// <summary>Those that chain to one of some roots, and no others.</summary>
    public static UpstreamTrust Only(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust };
        policy.CustomTrustStore.AddRange(roots);
        return new UpstreamTrust(policy);
    }
}
