using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>Mints leaf certificates. It can be shared between threads.</summary>
public sealed class LeafIssuer(CertificateAuthority ca, TimeSpan validity, TimeProvider time)
{
    private const int MaxCommonNameLength = 64;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Clocks of workloads may be behind that of the proxy.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    /// <summary>
    /// All leaves of a process share a key: it never leaves the process, whoever has one leaf's has the process, and a new
    /// one for each would cost more than the signature.
    /// </summary>
    private static readonly ECDsa LeafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly PublicKey LeafPublicKey = new(LeafKey);

    private static readonly X509Extension[] SameForAll =
    [
        new X509BasicConstraintsExtension(false, false, 0, critical: true),
        new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
        new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false),
        new X509SubjectKeyIdentifierExtension(LeafPublicKey, critical: false),
    ];

    private readonly X509AuthorityKeyIdentifierExtension _authorityKeyIdentifier =
        X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(ca.KeyIdentifier);

    /// <summary>Mints a certificate, with its private key. The caller disposes it.</summary>
    /// <exception cref="CertificateAuthorityException">The CA has expired since it was loaded.</exception>
    public X509Certificate2 Issue(LeafName name)
    {
        var text = name.ToString();
        if (text.Length == 0)
        {
            throw new ArgumentException("The name is empty.", nameof(name));
        }

        var now = time.GetUtcNow();
        if (now >= ca.NotAfter)
        {
            throw CertificateAuthority.Expired(ca.NotAfter);
        }

        // Names that do not fit are left out of the subject, and the other name is then the critical one (RFC 5280, 4.2.1.6).
        var named = text.Length <= MaxCommonNameLength;
        var subject = new X500DistinguishedNameBuilder();
        if (named)
        {
            subject.AddCommonName(text);
        }

        var request = new CertificateRequest(subject.Build(), LeafPublicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(SubjectAlternativeName.Create(name, critical: !named));
        foreach (var extension in SameForAll)
        {
            request.CertificateExtensions.Add(extension);
        }

        request.CertificateExtensions.Add(_authorityKeyIdentifier);

        using var certificate = ca.Sign(request, Later(now - ClockSkew, ca.NotBefore), Earlier(now + validity, ca.NotAfter));
        return certificate.CopyWithPrivateKey(LeafKey);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
