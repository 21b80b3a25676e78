using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace IronProxy.Pipeline.Transforms;

/// <summary>An assertion that is exchanged for a token (RFC 7523, 3), signed with RSA (RFC 7518).</summary>
internal static class JwtAssertion
{
    /// <summary>What an assertion is exchanged as (RFC 7523, 8.1).</summary>
    public const string Grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>The claim <c>jti</c>, which no other assertion has.</summary>
    public static KeyValuePair<string, string> NewId() => new("jti", Guid.NewGuid().ToString());

    /// <summary>Signs the claims with RS256.</summary>
    /// <param name="key">The RSA key.</param>
    /// <param name="keyId">The header <c>kid</c>; null for none.</param>
    /// <param name="issued">When it is issued.</param>
    /// <param name="lifetime">How long it may be exchanged.</param>
    /// <param name="claims">The claims, without those about its time.</param>
    public static string Sign(RSA key, string? keyId, DateTimeOffset issued, TimeSpan lifetime, IEnumerable<KeyValuePair<string, string>> claims) => Sign(
        key,
        RSASignaturePadding.Pkcs1,
        json =>
        {
            json.WriteString("alg", "RS256");
            json.WriteString("typ", "JWT");
            if (keyId is not null)
            {
                json.WriteString("kid", keyId);
            }
        },
        json => WriteClaims(json, claims, issued, lifetime));

    /// <summary>Signs the claims with PS256 (RFC 7518, 3.5), and names the certificate of the key (RFC 7515, 4.1.8). It is good from when it is issued on.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="key">Its RSA key.</param>
    /// <param name="issued">When it is issued.</param>
    /// <param name="lifetime">How long it may be exchanged.</param>
    /// <param name="claims">The claims, without those about its time.</param>
    public static string Sign(X509Certificate2 certificate, RSA key, DateTimeOffset issued, TimeSpan lifetime, IEnumerable<KeyValuePair<string, string>> claims) => Sign(
        key,
        RSASignaturePadding.Pss,
        json =>
        {
            json.WriteString("alg", "PS256");
            json.WriteString("typ", "JWT");
            json.WriteString("x5t#S256", Base64Url.EncodeToString(certificate.GetCertHash(HashAlgorithmName.SHA256)));
        },
        json =>
        {
            WriteClaims(json, claims, issued, lifetime);
            json.WriteNumber("nbf", issued.ToUnixTimeSeconds());
        });

    /// <summary>Reads a key.</summary>
    /// <returns>Null when the text is no RSA key in PEM (RFC 7468) without a password.</returns>
    public static RSA? ReadKey(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            _ = key.ExportParameters(includePrivateParameters: true); // A public key imports as well.
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }

    private static string Sign(RSA key, RSASignaturePadding padding, Action<Utf8JsonWriter> head, Action<Utf8JsonWriter> body)
    {
        var signed = $"{Json(head)}.{Json(body)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, padding))}";
    }

    private static void WriteClaims(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> claims, DateTimeOffset issued, TimeSpan lifetime)
    {
        foreach (var (name, value) in claims)
        {
            json.WriteString(name, value);
        }

        json.WriteNumber("iat", issued.ToUnixTimeSeconds());
        json.WriteNumber("exp", (issued + lifetime).ToUnixTimeSeconds());
    }

    private static string Json(Action<Utf8JsonWriter> write) => Base64Url.EncodeToString(JsonObjectBytes.Of(write));
}
