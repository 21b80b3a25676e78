using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IronProxy.Pipeline.Transforms;

/// <summary>An assertion that is exchanged for a token (RFC 7523, 3), signed with RS256 (RFC 7518, 3.3).</summary>
internal static class JwtAssertion
{
    /// <summary>What an assertion is exchanged as (RFC 7523, 8.1).</summary>
    public const string Grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>The claim <c>jti</c>, which no other assertion has.</summary>
    public static KeyValuePair<string, string> NewId() => new("jti", Guid.NewGuid().ToString());

    /// <summary>Signs the claims.</summary>
    /// <param name="key">The RSA key.</param>
    /// <param name="keyId">The header <c>kid</c>; null for none.</param>
    /// <param name="issued">When it is issued.</param>
    /// <param name="lifetime">How long it may be exchanged.</param>
    /// <param name="claims">The claims, without those about its time.</param>
    public static string Sign(RSA key, string? keyId, DateTimeOffset issued, TimeSpan lifetime, IEnumerable<KeyValuePair<string, string>> claims)
    {
        var head = Json(json =>
        {
            json.WriteString("alg", "RS256");
            json.WriteString("typ", "JWT");
            if (keyId is not null)
            {
                json.WriteString("kid", keyId);
            }
        });
        var body = Json(json =>
        {
            foreach (var (name, value) in claims)
            {
                json.WriteString(name, value);
            }

            json.WriteNumber("iat", issued.ToUnixTimeSeconds());
            json.WriteNumber("exp", (issued + lifetime).ToUnixTimeSeconds());
        });
        var signed = $"{head}.{body}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

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

    private static string Json(Action<Utf8JsonWriter> write) => Base64Url.EncodeToString(JsonObjectBytes.Of(write));
}
