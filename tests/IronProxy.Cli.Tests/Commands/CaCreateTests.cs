using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Cli.Tests.Commands;

public sealed class CaCreateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Certificate => _folder.File("ca.crt");

    private string Key => _folder.File("ca.key");

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("p256", "ASN1 OID: prime256v1")]
    [InlineData("rsa2048", "Public-Key: (2048 bit)")]
    public async Task Openssl_accepts_the_CA_and_its_key(string kind, string expected)
    {
        var run = await Create("--key", kind, "--name", "Test CA");

        Assert.Equal(0, run.Exit);
        Assert.Contains("OK", OpenSsl("verify", "-x509_strict", "-CAfile", Certificate, Certificate), StringComparison.Ordinal);
        var text = OpenSsl("x509", "-in", Certificate, "-noout", "-text");
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Basic Constraints: critical", text, StringComparison.Ordinal);
        Assert.Contains("X509v3 Key Usage: critical", text, StringComparison.Ordinal);
        Assert.Contains("CA:TRUE", text, StringComparison.Ordinal);
        Assert.Contains("CN = Test CA", text, StringComparison.Ordinal);
        Assert.Equal(OpenSsl("x509", "-in", Certificate, "-noout", "-pubkey"), OpenSsl("pkey", "-in", Key, "-pubout"));
    }

    [SkippableFact]
    public async Task The_fingerprint_and_the_expiry_are_those_that_openssl_reads()
    {
        var run = await Create("--days", "30");

        var fingerprint = OpenSsl("x509", "-in", Certificate, "-noout", "-fingerprint", "-sha256").Split('=')[1].Trim();
        Assert.Contains($"sha-256      {fingerprint}\n", run.Out, StringComparison.Ordinal);
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Certificate);
        Assert.InRange(certificate.NotAfter.ToUniversalTime() - DateTime.UtcNow, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task Only_the_owner_can_read_the_key()
    {
        await Create();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        Assert.True(File.GetUnixFileMode(Certificate).HasFlag(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Theory]
    [InlineData("ca.crt", "ca.key")]
    [InlineData("ca.key", "ca.crt")]
    public async Task When_either_file_exists_nothing_is_written(string existing, string other)
    {
        _folder.Write(existing, "precious");

        var run = await Create();

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.StartsWith($"ironc: {_folder.File(existing)} exists and is not overwritten", run.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(_folder.File(existing)));
        Assert.False(File.Exists(_folder.File(other)));
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_counts_as_existing()
    {
        File.CreateSymbolicLink(Key, _folder.File("elsewhere"));

        var run = await Create();

        Assert.Equal(1, run.Exit);
        Assert.False(File.Exists(_folder.File("elsewhere")));
        Assert.False(File.Exists(Certificate));
    }

    [Fact]
    public async Task When_the_certificate_cannot_be_written_the_key_does_not_stay()
    {
        var run = await CliRun.Of("ca", "create", "--out-cert", _folder.File("missing/ca.crt"), "--out-key", Key);

        Assert.Equal(1, run.Exit);
        Assert.False(File.Exists(Key));
    }

    [Fact]
    public async Task The_key_is_never_printed()
    {
        var run = await Create();

        Assert.DoesNotContain("PRIVATE KEY", run.ToString(), StringComparison.Ordinal);
    }

    private Task<CliRun> Create(params string[] options) =>
        CliRun.Of(["ca", "create", "--out-cert", Certificate, "--out-key", Key, .. options]);

    private static string OpenSsl(params string[] args)
    {
        Process? process;
        try
        {
            process = Process.Start(new ProcessStartInfo("openssl", args) { RedirectStandardOutput = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("openssl is not installed");
        }

        using (process)
        {
            var output = process!.StandardOutput.ReadToEnd();
            Assert.True(process.WaitForExit(10_000), "openssl did not end");
            Assert.Equal(0, process.ExitCode);
            return output;
        }
    }
}
