using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates.Tests;

public sealed class LeafIssuerTests
{
    private static readonly TimeSpan Validity = TimeSpan.FromHours(72);

    [Theory]
    [InlineData(CaKeyAlgorithm.EcdsaP256)]
    [InlineData(CaKeyAlgorithm.Rsa2048)]
    [InlineData(CaKeyAlgorithm.Rsa4096)]
    public void Openssl_accepts_a_leaf_of_each_kind_of_CA_in_strict_mode(CaKeyAlgorithm algorithm)
    {
        using var openssl = new OpenSsl();
        var pem = CaGenerator.Create(new CaOptions { KeyAlgorithm = algorithm }, TimeProvider.System);
        using var ca = CertificateAuthority.Load(pem.CertificatePem, pem.PrivateKeyPem, TimeProvider.System);
        openssl.Write("ca.crt", pem.CertificatePem);

        Issue(openssl, ca, LeafName.ForHost("api.openai.com"));

        openssl.Run("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "api.openai.com", "-CAfile", "ca.crt", "leaf.crt");
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("2001:db8::7")]
    public void Openssl_accepts_a_leaf_for_an_address(string address)
    {
        using var openssl = new OpenSsl();
        using var ca = TestCa.Create(TimeProvider.System);
        openssl.Write("ca.crt", ca.Certificate.ExportCertificatePem());

        Issue(openssl, ca, LeafName.ForAddress(IPAddress.Parse(address)));

        openssl.Run("verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", address, "-CAfile", "ca.crt", "leaf.crt");
    }

    [Fact]
    public void A_leaf_has_the_extensions_of_one()
    {
        using var openssl = new OpenSsl();
        using var ca = TestCa.Create(TimeProvider.System);

        var text = Issue(openssl, ca, LeafName.ForHost("api.github.com"));

        Assert.Contains("Subject: CN = api.github.com", text, StringComparison.Ordinal);
        Assert.Contains("Issuer: CN = iron-proxy CA", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Subject Alternative Name: DNS:api.github.com", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Basic Constraints: critical CA:FALSE", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Key Usage: critical Digital Signature X509v3", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Extended Key Usage: TLS Web Server Authentication X509v3", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Subject Key Identifier:", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Authority Key Identifier:", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_too_long_for_the_subject_is_in_a_critical_alternative_name_only()
    {
        using var openssl = new OpenSsl();
        using var ca = TestCa.Create(TimeProvider.System);
        openssl.Write("ca.crt", ca.Certificate.ExportCertificatePem());
        var host = $"{new string('a', 60)}.example.com";

        var text = Issue(openssl, ca, LeafName.ForHost(host));

        Assert.Contains($"X509v3 Subject Alternative Name: critical DNS:{host}", text, StringComparison.Ordinal);
        Assert.Contains("Subject: Subject Public Key Info", text, StringComparison.Ordinal);
        openssl.Run("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host, "-CAfile", "ca.crt", "leaf.crt");
    }

    [Fact]
    public void The_name_of_sixty_four_characters_still_is_in_the_subject()
    {
        using var openssl = new OpenSsl();
        using var ca = TestCa.Create(TimeProvider.System);
        var host = $"{new string('a', 60)}.com";

        Assert.Contains($"Subject: CN = {host} ", Issue(openssl, ca, LeafName.ForHost(host)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a_b.example.com")]
    [InlineData("xn--a.example.com")] // Not valid punycode, and not ours to judge here.
    [InlineData("r3---sn.example.com")]
    public void Odd_names_that_hosts_have_are_minted_as_they_are(string host)
    {
        using var openssl = new OpenSsl();
        using var ca = TestCa.Create(TimeProvider.System);

        Assert.Contains($"DNS:{host} ", Issue(openssl, ca, LeafName.ForHost(host)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_begins_an_hour_ago_but_not_before_its_CA()
    {
        var time = new ManualTime();
        using var ca = TestCa.Create(time);

        using (var early = Issue(ca, time))
        {
            Assert.Equal(ca.NotBefore.UtcDateTime, early.NotBefore.ToUniversalTime());
        }

        time.Advance(TimeSpan.FromDays(2));
        using var late = Issue(ca, time);
        Assert.Equal(-1, (late.NotBefore.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalHours, 0.01);
    }

    [Fact]
    public void A_leaf_does_not_outlive_its_CA()
    {
        var time = new ManualTime();
        using var ca = TestCa.Create(time, validFor: TimeSpan.FromDays(5));

        using (var leaf = Issue(ca, time))
        {
            Assert.Equal(72, (leaf.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalHours, 0.01);
        }

        time.Advance(TimeSpan.FromDays(4));
        using var last = Issue(ca, time);
        Assert.Equal(ca.NotAfter.UtcDateTime, last.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void A_CA_that_expired_since_it_was_loaded_signs_nothing()
    {
        var time = new ManualTime();
        using var ca = TestCa.Create(time, validFor: TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromHours(1));

        var e = Assert.Throws<CertificateAuthorityException>(() => Issue(ca, time));
        Assert.Contains("expired", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_share_a_key_and_differ_in_their_serial_numbers()
    {
        using var ca = TestCa.Create(TimeProvider.System);

        using var first = Issue(ca, TimeProvider.System);
        using var second = Issue(ca, TimeProvider.System);

        Assert.Equal(first.GetPublicKey(), second.GetPublicKey());
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.True(first.HasPrivateKey);
    }

    [Fact]
    public void The_empty_name_gets_no_leaf()
    {
        using var ca = TestCa.Create(TimeProvider.System);

        Assert.Throws<ArgumentException>(() => new LeafIssuer(ca, Validity, TimeProvider.System).Issue(default));
    }

    [Fact]
    public void Many_threads_can_mint_at_once()
    {
        using var ca = TestCa.Create(TimeProvider.System);
        var issuer = new LeafIssuer(ca, Validity, TimeProvider.System);

        var leaves = Enumerable.Range(0, 64).AsParallel().WithDegreeOfParallelism(8)
            .Select(i => issuer.Issue(LeafName.ForHost($"h{i}.example.com"))).ToList();

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.All(leaves, leaf => Assert.True(chain.Build(leaf)));
    }

    private static X509Certificate2 Issue(CertificateAuthority ca, TimeProvider time) =>
        new LeafIssuer(ca, Validity, time).Issue(LeafName.ForHost("api.github.com"));

    /// <summary>Issues a leaf into leaf.crt and returns what openssl says about it, with single blanks.</summary>
    private static string Issue(OpenSsl openssl, CertificateAuthority ca, LeafName name)
    {
        using var leaf = new LeafIssuer(ca, Validity, TimeProvider.System).Issue(name);
        openssl.Write("leaf.crt", leaf.ExportCertificatePem());
        var text = openssl.Run("x509", "-in", "leaf.crt", "-noout", "-text");
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
