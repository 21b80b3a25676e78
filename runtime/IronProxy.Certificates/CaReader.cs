using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>Finds certificates and keys in PEM text (RFC 7468), with whatever other text there is around them.</summary>
internal static class CaReader
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";

    /// <summary>All certificates of a file, at least one.</summary>
    public static List<X509Certificate2> ReadCertificates(string pem)
    {
        var certificates = new List<X509Certificate2>();
        try
        {
            foreach (var block in Blocks(pem))
            {
                if (pem.AsSpan()[block.Label] is "CERTIFICATE" or "X509 CERTIFICATE")
                {
                    certificates.Add(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(pem[block.Base64Data])));
                }
            }
        }
        catch (CryptographicException e)
        {
            certificates.ForEach(c => c.Dispose());
            throw new CertificateAuthorityException("The CA certificate cannot be read: its PEM block is not an X.509 certificate.", e);
        }

        if (certificates.Count == 0)
        {
            throw new CertificateAuthorityException("The CA certificate file has no PEM block 'BEGIN CERTIFICATE'.");
        }

        return certificates;
    }

    /// <summary>The certificate with its key.</summary>
    public static X509Certificate2 AddKey(X509Certificate2 certificate, string pem)
    {
        var block = FindKey(pem);
        try
        {
            return certificate.PublicKey.Oid.Value switch
            {
                RsaOid => AddRsaKey(certificate, block),
                EcOid => AddEcKey(certificate, block),
                _ => throw new CertificateAuthorityException("The CA's key is neither RSA nor ECDSA, and others cannot be used for TLS here."),
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw IsKey(block)
                ? new CertificateAuthorityException("The CA's private key does not fit its certificate: they come from two different key pairs.", e)
                : new CertificateAuthorityException("The CA's private key cannot be read: its PEM block is damaged.", e);
        }
    }

    private static X509Certificate2 AddRsaKey(X509Certificate2 certificate, string block)
    {
        using var key = RSA.Create();
        key.ImportFromPem(block);
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 AddEcKey(X509Certificate2 certificate, string block)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(block);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The first private key of a file, as the text of its PEM block.</summary>
    private static string FindKey(string pem)
    {
        // The older of the two encrypted forms has headers inside of its block (RFC 1421), which RFC 7468 does not allow.
        if (pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal)
            || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CertificateAuthorityException(
                "The CA's private key is encrypted, and nobody is there to type its password: write it without one, for example with 'openssl pkey'.");
        }

        foreach (var block in Blocks(pem))
        {
            if (pem.AsSpan()[block.Label] is "PRIVATE KEY" or "RSA PRIVATE KEY" or "EC PRIVATE KEY")
            {
                return pem[block.Location];
            }
        }

        throw new CertificateAuthorityException("The CA key file has no PEM block 'BEGIN PRIVATE KEY', 'BEGIN RSA PRIVATE KEY' or 'BEGIN EC PRIVATE KEY'.");
    }

    /// <summary>Whether the block is a sound key of any kind: then it is the wrong one, and not a damaged one.</summary>
    private static bool IsKey(string block)
    {
        using var rsa = RSA.Create();
        using var ecdsa = ECDsa.Create();
        return CanImport(rsa, block) || CanImport(ecdsa, block);
    }

    private static bool CanImport(AsymmetricAlgorithm key, string block)
    {
        try
        {
            key.ImportFromPem(block);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static IEnumerable<(Range Location, Range Label, Range Base64Data)> Blocks(string pem)
    {
        var start = 0;
        while (PemEncoding.TryFind(pem.AsSpan(start), out var fields))
        {
            yield return (Shift(fields.Location, start), Shift(fields.Label, start), Shift(fields.Base64Data, start));
            start += fields.Location.End.Value;
        }
    }

    private static Range Shift(Range range, int by) => (range.Start.Value + by)..(range.End.Value + by);
}
