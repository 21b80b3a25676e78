using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Runtime;

/// <summary>Reads certificates and their keys from files that a policy names.</summary>
internal static class PemFile
{
    private const string Begin = "-----BEGIN CERTIFICATE-----";

    /// <summary>Reads all certificates of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key of proxy.yaml that names it.</param>
    /// <param name="host">Reads files.</param>
    /// <exception cref="StartupException">It cannot be read, or has none; one clear sentence.</exception>
    public static X509Certificate2Collection ReadCertificates(string path, string key, HostAccess host)
    {
        var text = Read(path, key, host);
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            throw new StartupException($"{key}: the file {path} holds a certificate that cannot be read.", e);
        }

        // What cannot be found between its lines is passed over without a word, and would be missed much later.
        return all.Count > 0 && all.Count == text.AsSpan().Count(Begin)
            ? all
            : throw new StartupException($"{key}: the file {path} holds {(all.Count == 0 ? "no certificate in PEM format" : "a certificate that cannot be read")}.");
    }

    /// <summary>Reads a certificate with those that lead to its CA, and its key. It is not disposed: handshakes may still use it.</summary>
    /// <param name="certificatePath">The file of the certificates.</param>
    /// <param name="keyPath">The file of the private key.</param>
    /// <param name="certificateKey">The key of proxy.yaml that names the first.</param>
    /// <param name="keyKey">The key of proxy.yaml that names the second.</param>
    /// <param name="host">Reads files.</param>
    /// <exception cref="StartupException">One cannot be read or used; one clear sentence.</exception>
    public static SslStreamCertificateContext ReadPair(string certificatePath, string keyPath, string certificateKey, string keyKey, HostAccess host)
    {
        var chain = ReadCertificates(certificatePath, certificateKey, host);
        var key = Read(keyPath, keyKey, host);
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), key);

            // A key that was read from text alone is not one that every handshake can use.
            var whole = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
            chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(whole, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new StartupException($"{keyKey}: the file {keyPath} holds no private key of the certificate in {certificatePath}.", e);
        }
    }

    private static string Read(string path, string key, HostAccess host)
    {
        try
        {
            return host.ReadFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{key}: the file {path} cannot be read ({e.GetType().Name}).", e);
        }
    }
}
