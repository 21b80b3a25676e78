using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan.Serialization;

namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>A temporary folder that a proxy runs in: its CA, the upstreams' CA, the plan and whatever a test adds.</summary>
internal sealed class ProxyFolder : IDisposable
{
    private ProxyFolder(string path, X509Certificate2 ca, X509Certificate2 upstreamCa)
    {
        FullPath = path;
        Ca = ca;
        UpstreamCa = upstreamCa;
    }

    public string FullPath { get; }

    /// <summary>What workloads trust.</summary>
    public X509Certificate2 Ca { get; }

    public string CaFile => File("ca.crt");

    /// <summary>What the proxy trusts, through SSL_CERT_FILE.</summary>
    public X509Certificate2 UpstreamCa { get; }

    public string UpstreamCaFile => File("upstream-ca.crt");

    public static ProxyFolder Create()
    {
        var path = Directory.CreateTempSubdirectory("iron-e2e-").FullName;
        var pem = CaGenerator.Create(new CaOptions(), TimeProvider.System);
        System.IO.File.WriteAllText(Path.Combine(path, "ca.crt"), pem.CertificatePem);
        System.IO.File.WriteAllText(Path.Combine(path, "ca.key"), pem.PrivateKeyPem);

        var upstreamCa = CreateUpstreamCa();
        System.IO.File.WriteAllText(Path.Combine(path, "upstream-ca.crt"), upstreamCa.ExportCertificatePem());
        return new ProxyFolder(path, X509Certificate2.CreateFromPem(pem.CertificatePem), upstreamCa);
    }

    public string File(string name) => Path.Combine(FullPath, name);

    public string Write(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    /// <summary>Compiles a proxy.yaml to a plan in this folder.</summary>
    /// <returns>The plan's path.</returns>
    public string Compile(string yaml) => Compile(yaml, File("proxy.plan.json"));

    /// <summary>Compiles a proxy.yaml to a plan elsewhere.</summary>
    /// <returns>The plan's path.</returns>
    public string Compile(string yaml, string path)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", yaml));
        Assert.True(result.Plan is not null, "The policy does not compile: "
            + string.Join("; ", result.Diagnostics.Select(d => $"{d.Span.Line}:{d.Span.Column} {d.Code} {d.Message}")));
        System.IO.File.WriteAllBytes(path, PlanSerializer.Write(result.Plan));
        return path;
    }

    /// <summary>Writes a server certificate for names, and its key, as programs of others read them.</summary>
    public (string Certificate, string Key) WriteUpstreamCertificate(IEnumerable<string> names)
    {
        using var certificate = UpstreamCertificate(names);
        using var key = certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("The certificate has a key of another kind.");
        return (Write("upstream.crt", certificate.ExportCertificatePem()), Write("upstream.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>A server certificate for names, signed by the upstreams' CA or by itself.</summary>
    public X509Certificate2 UpstreamCertificate(IEnumerable<string> names, bool selfSigned = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=upstream", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var (from, to) = (UpstreamCa.NotBefore, UpstreamCa.NotAfter);
        if (selfSigned)
        {
            using var alone = request.CreateSelfSigned(from, to);
            return X509CertificateLoader.LoadPkcs12(alone.Export(X509ContentType.Pkcs12), null);
        }

        using var certificate = request.Create(UpstreamCa, from, to, RandomNumberGenerator.GetBytes(12));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>TLS of a workload that trusts the proxy's CA, and nothing else.</summary>
    public SslClientAuthenticationOptions WorkloadTls(string name) => new()
    {
        TargetHost = name,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { Ca },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };

    public void Dispose()
    {
        Ca.Dispose();
        UpstreamCa.Dispose();
        Directory.Delete(FullPath, recursive: true);
    }

    private static X509Certificate2 CreateUpstreamCa()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Test upstreams {Guid.NewGuid()}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }
}
