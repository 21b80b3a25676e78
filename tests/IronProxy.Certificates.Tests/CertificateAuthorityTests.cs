namespace IronProxy.Certificates.Tests;

public sealed class CertificateAuthorityTests
{
    private static readonly CaPem Ours = CaGenerator.Create(new CaOptions(), TimeProvider.System);
    private static readonly CaPem OursWithRsa = CaGenerator.Create(new CaOptions { KeyAlgorithm = CaKeyAlgorithm.Rsa2048 }, TimeProvider.System);

    [Fact]
    public void Our_own_CAs_are_read()
    {
        using var ca = CertificateAuthority.Load(Ours.CertificatePem, Ours.PrivateKeyPem, TimeProvider.System);
        using var withRsa = CertificateAuthority.Load(OursWithRsa.CertificatePem, OursWithRsa.PrivateKeyPem, TimeProvider.System);

        Assert.Equal("CN=iron-proxy CA", ca.Subject);
        Assert.Equal("CN=iron-proxy CA", withRsa.Subject);
        Assert.True(ca.NotBefore < ca.NotAfter);
    }

    [Theory]
    [InlineData("genrsa", "2048")] // PKCS#8
    [InlineData("genrsa", "-traditional", "2048")] // PKCS#1
    [InlineData("ecparam", "-genkey", "-name", "prime256v1")] // SEC 1, behind a block of parameters
    [InlineData("ecparam", "-genkey", "-name", "secp384r1", "-noout")]
    [InlineData("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")]
    public void A_CA_that_openssl_made_signs_leaves(params string[] keyCommand)
    {
        using var openssl = new OpenSsl();
        var (certificate, key) = openssl.CreateCa(keyCommand);

        using var ca = CertificateAuthority.Load(certificate, key, TimeProvider.System);
        using var leaf = new LeafIssuer(ca, TimeSpan.FromHours(1), TimeProvider.System).Issue(LeafName.ForHost("api.github.com"));

        openssl.Write("leaf.crt", leaf.ExportCertificatePem());
        openssl.Run("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "api.github.com", "-CAfile", "ca.crt", "leaf.crt");
    }

    [Fact]
    public void A_CA_without_a_key_identifier_gets_one_computed_from_its_key()
    {
        using var openssl = new OpenSsl();
        openssl.Run("genrsa", "-out", "ca.key", "2048");
        openssl.Run("req", "-x509", "-new", "-key", "ca.key", "-days", "9", "-subj", "/CN=old", "-out", "ca.crt",
            "-addext", "subjectKeyIdentifier=none", "-addext", "authorityKeyIdentifier=none");

        using var ca = CertificateAuthority.Load(openssl.Read("ca.crt"), openssl.Read("ca.key"), TimeProvider.System);
        using var leaf = new LeafIssuer(ca, TimeSpan.FromHours(1), TimeProvider.System).Issue(LeafName.ForHost("api.github.com"));

        openssl.Write("leaf.crt", leaf.ExportCertificatePem());
        openssl.Run("verify", "-CAfile", "ca.crt", "leaf.crt");
        Assert.Contains("Authority Key Identifier", openssl.Run("x509", "-in", "leaf.crt", "-noout", "-text"), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_around_the_blocks_is_ignored_and_the_first_certificate_of_a_chain_is_the_CA()
    {
        var certificates = $"subject=CN = iron-proxy CA\n\n{Ours.CertificatePem}\nissuer:\r\n{OursWithRsa.CertificatePem}\nend\n";
        var key = $"Bag Attributes\n  localKeyID: 01\n{Ours.CertificatePem}{Ours.PrivateKeyPem}";

        using var ca = CertificateAuthority.Load(certificates, key, TimeProvider.System);

        Assert.NotNull(ca);
    }

    [Fact]
    public void Without_a_certificate_there_is_no_CA() =>
        AssertRefused("no PEM block 'BEGIN CERTIFICATE'", Ours.PrivateKeyPem, Ours.PrivateKeyPem);

    [Fact]
    public void Without_a_key_there_is_no_CA() =>
        AssertRefused("no PEM block 'BEGIN PRIVATE KEY'", Ours.CertificatePem, Ours.CertificatePem);

    [Fact]
    public void A_damaged_certificate_is_called_so() =>
        AssertRefused("is not an X.509 certificate", Pem("CERTIFICATE", "bm90IGEgY2VydGlmaWNhdGU="), Ours.PrivateKeyPem);

    [Fact]
    public void A_damaged_key_is_called_so() =>
        AssertRefused("block is damaged", Ours.CertificatePem, Pem("PRIVATE KEY", "bm90IGEga2V5"));

    [Fact]
    public void A_key_of_another_pair_does_not_fit() =>
        AssertRefused("does not fit", Ours.CertificatePem, CaGenerator.Create(new CaOptions(), TimeProvider.System).PrivateKeyPem);

    [Fact]
    public void A_key_of_another_kind_does_not_fit()
    {
        AssertRefused("does not fit", Ours.CertificatePem, OursWithRsa.PrivateKeyPem);
        AssertRefused("does not fit", OursWithRsa.CertificatePem, Ours.PrivateKeyPem);
    }

    [Fact]
    public void A_SEC1_key_does_not_fit_an_RSA_certificate()
    {
        using var openssl = new OpenSsl();
        openssl.Run("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ec.key");

        AssertRefused("does not fit", OursWithRsa.CertificatePem, openssl.Read("ec.key"));
    }

    [Theory]
    [InlineData("pkcs8", "-topk8", "-in", "ca.key", "-passout", "pass:1234", "-out", "locked.key")]
    [InlineData("rsa", "-aes128", "-traditional", "-in", "ca.key", "-passout", "pass:1234", "-out", "locked.key")]
    public void An_encrypted_key_is_called_so(params string[] lockCommand)
    {
        using var openssl = new OpenSsl();
        var (certificate, _) = openssl.CreateCa("genrsa", "2048");
        openssl.Run(lockCommand);

        AssertRefused("is encrypted", certificate, openssl.Read("locked.key"));
    }

    [Fact]
    public void A_key_that_TLS_cannot_use_here_is_called_so()
    {
        using var openssl = new OpenSsl();
        openssl.Run("genpkey", "-algorithm", "ed25519", "-out", "ca.key");
        openssl.Run("req", "-x509", "-new", "-key", "ca.key", "-days", "9", "-subj", "/CN=ed", "-out", "ca.crt");

        AssertRefused("neither RSA nor ECDSA", openssl.Read("ca.crt"), openssl.Read("ca.key"));
    }

    [Theory]
    [InlineData("basicConstraints=critical,CA:FALSE", "basicConstraints")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,cRLSign", "keyCertSign")]
    [InlineData("subjectKeyIdentifier=hash", "basicConstraints")]
    public void A_certificate_that_may_not_sign_others_is_refused(string extensions, string expected)
    {
        using var openssl = new OpenSsl();
        openssl.Write("req.cnf", $"[req]\ndistinguished_name=dn\n[dn]\n[ext]\n{extensions}\n");
        openssl.Run("genrsa", "-out", "ca.key", "2048");
        openssl.Run("req", "-x509", "-new", "-config", "req.cnf", "-extensions", "ext", "-key", "ca.key", "-subj", "/CN=no CA", "-out", "ca.crt");

        AssertRefused(expected, openssl.Read("ca.crt"), openssl.Read("ca.key"));
    }

    [Fact]
    public void A_CA_without_key_usage_may_sign()
    {
        using var openssl = new OpenSsl();
        openssl.Write("req.cnf", "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nbasicConstraints=critical,CA:TRUE\n");
        openssl.Run("genrsa", "-out", "ca.key", "2048");
        openssl.Run("req", "-x509", "-new", "-config", "req.cnf", "-extensions", "ext", "-key", "ca.key", "-subj", "/CN=any use", "-out", "ca.crt");

        using var ca = CertificateAuthority.Load(openssl.Read("ca.crt"), openssl.Read("ca.key"), TimeProvider.System);

        Assert.Equal("CN=any use", ca.Subject);
    }

    [Fact]
    public void A_CA_is_refused_before_and_after_its_time()
    {
        var time = new ManualTime();
        var pem = CaGenerator.Create(new CaOptions { ValidFor = TimeSpan.FromDays(1) }, time);

        time.Advance(TimeSpan.FromHours(-1));
        AssertRefused("is not valid before", pem.CertificatePem, pem.PrivateKeyPem, time);

        time.Advance(TimeSpan.FromHours(26));
        AssertRefused("expired on", pem.CertificatePem, pem.PrivateKeyPem, time);
    }

    private static void AssertRefused(string expected, string certificate, string key, TimeProvider? time = null)
    {
        var e = Assert.Throws<CertificateAuthorityException>(() => CertificateAuthority.Load(certificate, key, time ?? TimeProvider.System));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static string Pem(string label, string base64) => $"-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n";
}
