using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace IronProxy.Testing;

/// <summary>
/// The API of a cluster, as it is documented, for one service account that may get some Secrets, over TLS with a CA of its own
/// (https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/#get-read-the-specified-secret).
/// </summary>
public sealed class KubernetesServer : JsonServer
{
    /// <summary>The folder of the pod's service account.</summary>
    public const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";

    private readonly X509Certificate2 _ca;
    private readonly X509Certificate2 _certificate;

    private KubernetesServer()
    {
        _ca = CreateCa();
        _certificate = CreateCertificate(_ca);
        CaPem = _ca.ExportCertificatePem();
    }

    /// <summary>The certificate of its CA.</summary>
    public string CaPem { get; }

    /// <summary>The token that it accepts.</summary>
    public string Token { get; set; } = "canary.token.of-the-pod";

    /// <summary>The Secrets, by namespace and name: keys and values. Values are bytes in base64.</summary>
    public Dictionary<string, Dictionary<string, string>> Secrets { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc />
    protected override X509Certificate2 Certificate => _certificate;

    /// <summary>Starts it.</summary>
    public static KubernetesServer Start()
    {
        var server = new KubernetesServer();
        server.Listen();
        return server;
    }

    /// <summary>A value as it is in a Secret.</summary>
    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc />
    protected override (int Status, string Body) Answer(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.GetValueOrDefault("Authorization") != "Bearer " + Token)
        {
            return Failure(401, "Unauthorized");
        }

        if (request.Method != "GET" || request.Target.Split('/') is not ["", "api", "v1", "namespaces", var home, "secrets", var name])
        {
            return Failure(404, "NotFound");
        }

        if (name.StartsWith("hidden", StringComparison.Ordinal))
        {
            return Failure(403, "Forbidden");
        }

        return Secrets.TryGetValue($"{home}/{name}", out var data)
            ? (200, JsonSerializer.Serialize(new { kind = "Secret", apiVersion = "v1", metadata = new { name, @namespace = home, resourceVersion = "1" }, data, type = "Opaque" }))
            : Failure(404, "NotFound");
    }

    private static (int Status, string Body) Failure(int status, string reason) =>
        (status, JsonSerializer.Serialize(new { kind = "Status", apiVersion = "v1", status = "Failure", message = "canary", reason, code = status }));

    private static X509Certificate2 CreateCa()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(string.Create(CultureInfo.InvariantCulture, $"CN=kubernetes {Guid.NewGuid()}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static X509Certificate2 CreateCertificate(X509Certificate2 ca)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("kubernetes.default.svc");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var certificate = request.Create(ca, ca.NotBefore, ca.NotAfter, RandomNumberGenerator.GetBytes(12));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
