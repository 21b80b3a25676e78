using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>Makes self-signed CAs.</summary>
public static class CaGenerator
{
    /// <summary>Clocks of workloads may be a little behind; a CA that is not valid yet is hard to diagnose.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Makes a CA with a new key.</summary>
    /// <exception cref="ArgumentException">The name is empty or too long, or the validity is not positive.</exception>
    public static CaPem Create(CaOptions options, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(options.CommonName) || options.CommonName.Length > CaOptions.MaxCommonNameLength)
        {
            throw new ArgumentException($"The name of a CA has 1 to {CaOptions.MaxCommonNameLength} characters.", nameof(options));
        }

        if (options.ValidFor <= TimeSpan.Zero)
        {
            throw new ArgumentException("A CA is valid for longer than no time.", nameof(options));
        }

        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(options.CommonName);
        var subject = name.Build();

        if (options.KeyAlgorithm == CaKeyAlgorithm.EcdsaP256)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return Create(new CertificateRequest(subject, key, HashAlgorithmName.SHA256), key, options, time);
        }
        else
        {
            using var key = RSA.Create(RsaBits(options.KeyAlgorithm));
            return Create(new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), key, options, time);
        }
    }

    private static CaPem Create(CertificateRequest request, AsymmetricAlgorithm key, CaOptions options, TimeProvider time)
    {
        // Path length 0: this CA signs leaves, and a leaf that claims to be a CA gains nothing.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var keyIdentifier = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(keyIdentifier);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(keyIdentifier));

        var now = time.GetUtcNow();
        using var certificate = request.Create(
            request.SubjectName,
            SignatureGenerator.For(key),
            now - ClockSkew,
            now + options.ValidFor,
            SerialNumber.Create());
        return new CaPem(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static int RsaBits(CaKeyAlgorithm algorithm) => algorithm switch
    {
        CaKeyAlgorithm.Rsa2048 => 2048,
        CaKeyAlgorithm.Rsa4096 => 4096,
        _ => throw new UnreachableException(),
    };
}
