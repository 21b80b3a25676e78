using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.EndToEnd.Tests.Upstreams;

/// <summary>Certificates of upstreams that are set up badly.</summary>
internal static class UpstreamCertificates
{
    /// <summary>A leaf whose issuer the server does not send, with an address where the issuer is said to be found.</summary>
    public static X509Certificate2 BehindMissingIntermediate(X509Certificate2 root, string host, Uri issuer)
    {
        using var intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var intermediate = new CertificateRequest("CN=Missing intermediate", intermediateKey, HashAlgorithmName.SHA256);
        intermediate.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        using var signed = intermediate.Create(root, root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(12));
        using var signer = signed.CopyWithPrivateKey(intermediateKey);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=upstream", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [issuer.AbsoluteUri]));
        using var leaf = request.Create(signer, root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(12));
        using var withKey = leaf.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
