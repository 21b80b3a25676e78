using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Files;

/// <summary>Checks a certificate and its private key, of which either may be absent.</summary>
internal sealed class CertificateCheck(TimeProvider time, DiagnosticBag bag)
{
    /// <summary>Time enough to make a new certificate and to distribute it.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public void Check(Located<string>? certificatePath, string? certificateText, Located<string>? keyPath, string? keyText)
    {
        using var certificate = certificatePath is { } path && certificateText is not null ? Load(path, certificateText) : null;
        if (keyPath is not { } located || keyText is null)
        {
            return;
        }

        if (PublicKeyOf(keyText) is not { } key)
        {
            bag.KeyUnusable(located.Span);
        }
        else if (certificate is not null && !key.AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
        {
            bag.KeyDoesNotFit(located.Span);
        }
    }

    private X509Certificate2? Load(Located<string> path, string text)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(text);
        }
        catch (CryptographicException)
        {
            bag.CertificateUnusable(path.Span);
            return null;
        }

        var now = time.GetUtcNow();
        var end = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        if (end < now)
        {
            bag.CertificateExpired(path.Span, end);
        }
        else if (end - now <= Soon)
        {
            bag.CertificateExpiring(path.Span, end);
        }

        return certificate;
    }

    /// <summary>The public half of a private key (PEM); null when it is none of a kind that the proxy can use.</summary>
    private static byte[]? PublicKeyOf(string text)
    {
        using var ec = ECDsa.Create();
        using var rsa = RSA.Create();
        foreach (var key in new AsymmetricAlgorithm[] { ec, rsa })
        {
            try
            {
                key.ImportFromPem(text);
                if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
                {
                    return key.ExportSubjectPublicKeyInfo();
                }
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                // It may be a key of the other kind; the caller reports when it is of neither.
            }
        }

        return null;
    }
}
