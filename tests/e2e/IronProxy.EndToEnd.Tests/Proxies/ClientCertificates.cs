using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>What a proxy needs whose tunnel listener speaks TLS, as files of its folder: <c>tunnel.crt</c> and its key, <c>clients.pem</c>, and certificates that clients show.</summary>
internal sealed class ClientCertificates : IDisposable
{
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly ProxyFolder _folder;
    private readonly X509Certificate2 _ca = CreateCa("clients");
    private readonly X509Certificate2 _otherCa = CreateCa("others");

    public ClientCertificates(ProxyFolder folder)
    {
        _folder = folder;
        using var tunnel = folder.UpstreamCertificate(["127.0.0.1", "proxy.example.com"]);
        Write("tunnel", tunnel);
        folder.Write("clients.pem", _ca.ExportCertificatePem());
    }

    /// <summary>Issues a certificate to <c>NAME.crt</c> and <c>NAME.key</c>.</summary>
    /// <param name="name">The name of the files, and the common name.</param>
    /// <param name="dns">A name of the certificate.</param>
    /// <param name="uri">Another.</param>
    /// <param name="byOther">Whether a CA signs it that the proxy does not know.</param>
    /// <param name="expired">Whether it has expired.</param>
    /// <param name="purpose">What it is for.</param>
    public void Issue(string name, string? dns = null, string? uri = null, bool byOther = false, bool expired = false, string purpose = ClientAuthentication)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        if (dns is not null)
        {
            alternatives.AddDnsName(dns);
        }

        if (uri is not null)
        {
            alternatives.AddUri(new Uri(uri));
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using var signed = request.Create(byOther ? _otherCa : _ca, Now.AddHours(-3), expired ? Now.AddHours(-2) : Now.AddHours(20), RandomNumberGenerator.GetBytes(12));
        using var certificate = signed.CopyWithPrivateKey(key);
        Write(name, certificate);
    }

    /// <summary>Puts the CA that the proxy did not know in the place of the one that it knew.</summary>
    public void ReplaceCa() => _folder.Write("clients.pem", _otherCa.ExportCertificatePem());

    /// <summary>A certificate that was issued, with its key.</summary>
    public static X509Certificate2 Read(ProxyFolder folder, string name)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(folder.File($"{name}.crt"), folder.File($"{name}.key"));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    public void Dispose()
    {
        _ca.Dispose();
        _otherCa.Dispose();
    }

    private void Write(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The certificate has a key of another kind.");
        _folder.Write($"{name}.crt", certificate.ExportCertificatePem());
        _folder.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 CreateCa(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Test {name} {Guid.NewGuid()}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(2));
    }
}
