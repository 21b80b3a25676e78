using System.Security.Cryptography.X509Certificates;
using IronProxy.Certificates;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Tests.Policies;

/// <summary>CAs that upstreams may have beside those of the system.</summary>
public sealed class UpstreamCaFilesTests
{
    private readonly string _one = CaGenerator.Create(new CaOptions(), TimeProvider.System).CertificatePem;
    private readonly string _other = CaGenerator.Create(new CaOptions(), TimeProvider.System).CertificatePem;

    [Fact]
    public void Every_certificate_of_every_file_is_read()
    {
        var cas = Load(("a.pem", $"# comment\n{_one}\n{_other}"), ("b.pem", _one));
        Assert.Equal(3, cas.Count);
    }

    [Fact]
    public void Without_files_there_is_none()
    {
        Assert.Empty(UpstreamCaFiles.Load(new UpstreamPlan { DenyCidrs = [], ResponseHeaderTimeoutMs = 1 }, Host([])));
        Assert.Same(UpstreamTrust.System, UpstreamTrust.System.With([]));
    }

    [Theory]
    [InlineData("", "holds no certificate in PEM format")]
    [InlineData("nothing", "holds no certificate in PEM format")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "holds a certificate that cannot be read")]
    [InlineData(null, "cannot be read (FileNotFoundException)")]
    public void What_cannot_be_used_is_named_with_its_line(string? content, string problem)
    {
        var e = Assert.Throws<StartupException>(() => Load(("good.pem", _one), ("bad.pem", content)));
        Assert.Equal($"The file bad.pem of line 8 (proxy.upstream_ca) {problem}.", e.Message);
    }

    [Fact]
    public void Two_certificates_on_one_line_are_not_taken_for_none_or_one()
    {
        var e = Assert.Throws<StartupException>(() => Load(("bad.pem", _one.TrimEnd() + _other)));
        Assert.Equal("The file bad.pem of line 7 (proxy.upstream_ca) holds a certificate that cannot be read.", e.Message);
    }

    [Fact]
    public void The_roots_of_before_are_trusted_as_well_and_no_download_is_allowed()
    {
        using var one = X509Certificate2.CreateFromPem(_one);
        using var other = X509Certificate2.CreateFromPem(_other);
        var trust = UpstreamTrust.Only([one]).With([other]);
        Assert.Equal([one, other], trust.ChainPolicy.CustomTrustStore);
        Assert.Equal((X509ChainTrustMode.CustomRootTrust, true), (trust.ChainPolicy.TrustMode, trust.ChainPolicy.DisableCertificateDownloads));
    }

    private static X509Certificate2Collection Load(params (string Name, string? Content)[] files) => UpstreamCaFiles.Load(
        new UpstreamPlan { DenyCidrs = [], ResponseHeaderTimeoutMs = 1, Cas = [.. files.Select((f, i) => new UpstreamCaPlan(f.Name, new SourcePosition(7 + i, 1)))] }, Host(files));

    private static HostAccess Host((string Name, string? Content)[] files) =>
        new(_ => null, path => files.Single(f => f.Name == path).Content ?? throw new FileNotFoundException(), OpenFiles: 1024);
}
