using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Tools;

public sealed partial class OpensslTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    [SkippableTheory]
    [InlineData("api.example.com")]
    [InlineData("denied.test")]
    [InlineData("a-rather-long-label-that-is-still-valid.and-another-one-behind-it.example.com")]
    public async Task The_chain_that_is_presented_verifies_strictly(string name)
    {
        CommandLine.Require("openssl", "openssl");
        var (_, shown, _) = await CommandLine.RunAsync(
            "openssl", "s_client", "-connect", $"{example.Proxy.Listeners["https"]}", "-servername", name, "-showcerts", "-tls1_3");
        var certificates = Pem().Matches(shown).Select(m => m.Value).ToArray();
        Assert.NotEmpty(certificates);

        var leaf = example.Folder.Write($"{Guid.NewGuid():N}.crt", certificates[0]);
        var (exit, output, error) = await CommandLine.RunAsync(
            "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, "-CAfile", example.Folder.CaFile, leaf);
        Assert.True(exit == 0, output + error);
    }

    [GeneratedRegex("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")]
    private static partial Regex Pem();
}
