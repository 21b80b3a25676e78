using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Runtime.Clients;

/// <summary>The CAs whose certificates clients may show. They are not disposed: handshakes may still use them.</summary>
internal sealed class ClientCas
{
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2Collection _certificates;
    private readonly string _hash;

    /// <summary>Takes the certificates of a file.</summary>
    public ClientCas(X509Certificate2Collection certificates)
    {
        _certificates = certificates;
        _hash = string.Join(' ', certificates.Select(c => Convert.ToHexString(SHA256.HashData(c.RawData))).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Whether these are the same CAs.</summary>
    public bool AreThoseOf(ClientCas? other) => ReferenceEquals(this, other) || _hash == other?._hash;

    /// <summary>How a certificate is verified.</summary>
    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,

            // Without this .NET fetches missing intermediates from addresses that the certificate names: outside policy.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_certificates);
        policy.ApplicationPolicy.Add(ClientAuthentication);
        return policy;
    }
}
