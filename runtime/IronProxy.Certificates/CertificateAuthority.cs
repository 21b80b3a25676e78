using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>A CA that can sign leaves: a certificate and the key that fits it. It can be shared between threads.</summary>
public sealed class CertificateAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate, ImmutableArray<X509Certificate2> issuers)
    {
        _certificate = certificate;
        Issuers = issuers;
        KeyIdentifier = certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()
            ?? new X509SubjectKeyIdentifierExtension(certificate.PublicKey, critical: false);
    }

    /// <summary>The CA's subject, for logs.</summary>
    public string Subject => _certificate.Subject;

    /// <summary>The CA's certificate. It belongs to this object.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>From when the CA is valid.</summary>
    public DateTimeOffset NotBefore => new(_certificate.NotBefore.ToUniversalTime());

    /// <summary>Until when the CA is valid. No leaf outlives it.</summary>
    public DateTimeOffset NotAfter => new(_certificate.NotAfter.ToUniversalTime());

    /// <summary>The certificates that followed the CA's in its file: those that lead to a root, when the CA is not one itself.</summary>
    internal ImmutableArray<X509Certificate2> Issuers { get; }

    /// <summary>The CA's key identifier, computed when its certificate has none (RFC 5280, 4.2.1.1).</summary>
    internal X509SubjectKeyIdentifierExtension KeyIdentifier { get; }

    /// <summary>Reads a CA, as this product or openssl made it.</summary>
    /// <param name="certificatePem">PEM; its first certificate is the CA, and text around it is ignored.</param>
    /// <param name="privateKeyPem">PEM of the CA's key, not encrypted: PKCS#8, PKCS#1 (RSA) or SEC 1 (EC).</param>
    /// <param name="time">Says whether the CA is valid now.</param>
    /// <exception cref="CertificateAuthorityException">The CA cannot be used; the message says why.</exception>
    public static CertificateAuthority Load(string certificatePem, string privateKeyPem, TimeProvider time)
    {
        var certificates = CaReader.ReadCertificates(certificatePem);
        try
        {
            RequireCa(certificates[0]);
            RequireValid(certificates[0], time.GetUtcNow());
            var withKey = CaReader.AddKey(certificates[0], privateKeyPem);
            certificates[0].Dispose();
            return new CertificateAuthority(withKey, [.. certificates.Skip(1)]);
        }
        catch
        {
            certificates.ForEach(c => c.Dispose());
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _certificate.Dispose();
        foreach (var issuer in Issuers)
        {
            issuer.Dispose();
        }
    }

    /// <summary>Signs a certificate.</summary>
    internal X509Certificate2 Sign(CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        // Key objects are not safe to share between threads, so each signature has its own over the one native key.
        using var key = (AsymmetricAlgorithm?)_certificate.GetECDsaPrivateKey() ?? _certificate.GetRSAPrivateKey();
        return request.Create(_certificate.SubjectName, SignatureGenerator.For(key!), notBefore, notAfter, SerialNumber.Create());
    }

    private static void RequireCa(X509Certificate2 certificate)
    {
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (constraints is not { CertificateAuthority: true })
        {
            throw new CertificateAuthorityException(
                "The CA certificate is not one of a CA: it has no basicConstraints with CA:TRUE, so clients would refuse what it signs.");
        }

        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (usage is not null && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
        {
            throw new CertificateAuthorityException(
                "The CA certificate may not sign certificates: its keyUsage lacks keyCertSign.");
        }
    }

    private static void RequireValid(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now < certificate.NotBefore.ToUniversalTime())
        {
            throw new CertificateAuthorityException($"The CA certificate is not valid before {certificate.NotBefore.ToUniversalTime():u}.");
        }

        if (now > certificate.NotAfter.ToUniversalTime())
        {
            throw Expired(certificate.NotAfter.ToUniversalTime());
        }
    }

    internal static CertificateAuthorityException Expired(DateTimeOffset notAfter) =>
        new($"The CA certificate expired on {notAfter:u}: make a new one, for example with 'ironc ca create'.");
}
