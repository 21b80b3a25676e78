using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates.Tests;

public sealed class CaGeneratorTests
{
    [Theory]
    [InlineData(CaKeyAlgorithm.EcdsaP256)]
    [InlineData(CaKeyAlgorithm.Rsa2048)]
    [InlineData(CaKeyAlgorithm.Rsa4096)]
    public void Openssl_accepts_a_CA_of_each_algorithm_in_strict_mode(CaKeyAlgorithm algorithm)
    {
        using var openssl = new OpenSsl();
        var ca = CaGenerator.Create(new CaOptions { KeyAlgorithm = algorithm }, TimeProvider.System);
        openssl.Write("ca.crt", ca.CertificatePem);
        openssl.Write("ca.key", ca.PrivateKeyPem);

        Assert.Contains("ca.crt: OK", openssl.Run("verify", "-x509_strict", "-check_ss_sig", "-CAfile", "ca.crt", "ca.crt"), StringComparison.Ordinal);
        Assert.Contains("is valid", openssl.Run("pkey", "-in", "ca.key", "-noout", "-check"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_CA_has_the_extensions_of_one()
    {
        using var openssl = new OpenSsl();
        openssl.Write("ca.crt", CaGenerator.Create(new CaOptions(), TimeProvider.System).CertificatePem);

        var text = Flat(openssl.Run("x509", "-in", "ca.crt", "-noout", "-text"));

        Assert.Contains("X509v3 Basic Constraints: critical CA:TRUE, pathlen:0", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Key Usage: critical Certificate Sign, CRL Sign", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Subject Key Identifier:", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Authority Key Identifier:", text, StringComparison.Ordinal);
        Assert.Contains("Signature Algorithm: ecdsa-with-SHA256", text, StringComparison.Ordinal);
        Assert.Contains("Subject: CN = iron-proxy CA", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_private_key_is_PKCS8_and_never_printed()
    {
        var ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);

        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", ca.PrivateKeyPem, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN", ca.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_CA_is_valid_from_five_minutes_ago_for_as_long_as_asked()
    {
        var time = new ManualTime();

        var pem = CaGenerator.Create(new CaOptions { ValidFor = TimeSpan.FromDays(7) }, time);

        using var certificate = X509Certificate2.CreateFromPem(pem.CertificatePem);
        Assert.Equal(-5, (certificate.NotBefore.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalMinutes, 1.0);
        Assert.Equal(7, (certificate.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalDays, 0.001);
    }

    [Fact]
    public void Serial_numbers_are_positive_and_do_not_repeat()
    {
        var serials = Enumerable.Range(0, 200).Select(_ => SerialOf(CaGenerator.Create(new CaOptions(), TimeProvider.System))).ToList();

        Assert.All(serials, serial => Assert.True(serial.Length == 16 && serial[0] is > 0 and < 0x80));
        Assert.Equal(serials.Count, serials.Select(Convert.ToHexString).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a name that is longer than the sixty-four characters which X.509 has room for")]
    public void A_name_that_does_not_fit_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => CaGenerator.Create(new CaOptions { CommonName = name }, TimeProvider.System));

    [Fact]
    public void A_CA_without_a_validity_is_refused() =>
        Assert.Throws<ArgumentException>(() => CaGenerator.Create(new CaOptions { ValidFor = TimeSpan.Zero }, TimeProvider.System));

    private static byte[] SerialOf(CaPem pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem.CertificatePem);
        return certificate.SerialNumberBytes.ToArray();
    }

    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
