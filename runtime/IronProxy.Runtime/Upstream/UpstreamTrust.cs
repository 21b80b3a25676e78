using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Runtime.Upstream;

/// <summary>Whose certificates are accepted of upstreams.</summary>
internal sealed class UpstreamTrust
{
    private readonly Func<X509Certificate2Collection> _roots;

    private UpstreamTrust(X509ChainPolicy policy, Func<X509Certificate2Collection> roots)
    {
        // Without this .NET fetches missing intermediates from addresses that the certificate names: outside policy.
        policy.DisableCertificateDownloads = true;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        ChainPolicy = policy;
        _roots = roots;
    }

    /// <summary>Those that the machine trusts.</summary>
    public static UpstreamTrust System { get; } = new(new X509ChainPolicy(), ReadSystemRoots);

    /// <summary>How chains are built.</summary>
    public X509ChainPolicy ChainPolicy { get; }

    /// <summary>Those that chain to one of some roots, and no others.</summary>
    public static UpstreamTrust Only(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust };
        policy.CustomTrustStore.AddRange(roots);
        return new UpstreamTrust(policy, () => roots);
    }

    /// <summary>The same, and those that chain to one of some more roots. What the machine trusts is read now.</summary>
    public UpstreamTrust With(X509Certificate2Collection more) => more.Count == 0 ? this : Only([.. _roots(), .. more]);

    /// <summary>The store that chains are built with when nothing else is said: SSL_CERT_FILE and SSL_CERT_DIR, too.</summary>
    private static X509Certificate2Collection ReadSystemRoots()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        store.Open(OpenFlags.ReadOnly);
        return store.Certificates;
    }
}
