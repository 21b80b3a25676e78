using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Pipeline.Transforms;

/// <summary>A certificate by which an application is known, and its RSA key.</summary>
internal sealed class EntraCertificate : IDisposable
{
    private EntraCertificate(X509Certificate2 certificate, RSA key)
    {
        Certificate = certificate;
        Key = key;
    }

    public X509Certificate2 Certificate { get; }

    public RSA Key { get; }

    /// <summary>Reads both from one text.</summary>
    /// <returns>Null when they are not there, or do not belong together.</returns>
    public static EntraCertificate? TryRead(string pem)
    {
        if (JwtAssertion.ReadKey(pem) is not { } key)
        {
            return null;
        }

        X509Certificate2? certificate = null;
        try
        {
            certificate = X509Certificate2.CreateFromPem(pem);
            using var shown = certificate.GetRSAPublicKey();
            if (shown is not null && shown.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                return new EntraCertificate(certificate, key);
            }
        }
        catch (CryptographicException)
        {
            // It may quote what it does not understand.
        }

        certificate?.Dispose();
        key.Dispose();
        return null;
    }

    /// <summary>Why a text holds none, as the end of a sentence that repeats nothing of it; null when it holds one.</summary>
    public static string? FindProblem(SecretValue value)
    {
        using var read = TryRead(value.Reveal());
        return read is null ? "is no certificate with its RSA key in PEM" : null;
    }

    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }
}
