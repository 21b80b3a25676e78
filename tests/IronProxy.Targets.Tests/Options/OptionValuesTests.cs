using IronProxy.Diagnostics;
using IronProxy.Targets.Options;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Tests.Options;

public class OptionValuesTests
{
    [Fact]
    public void What_is_not_set_has_its_default()
    {
        var values = Read(out _, "bucket=plans", "port=5353", "ipv6=false")!; // Nothing is wrong.

        Assert.Equal(("plans", 5353, false, "app"), (values["bucket"], values.Number("port"), values.Switch("ipv6"), values["user"]));
    }

    [Theory]
    [InlineData("IRON3001", "prot=53", "did you mean port?")]
    [InlineData("IRON3002", "port=0", "write a whole number from 1 to 65535")]
    [InlineData("IRON3002", "port=5e3", "write a whole number from 1 to 65535")]
    [InlineData("IRON3002", "user=1app", "write a name of letters, digits, '-', '_' and '.' that begins with a letter")]
    [InlineData("IRON3002", "user=$(id)", "write a name of letters, digits, '-', '_' and '.' that begins with a letter")]
    [InlineData("IRON3002", "path=etc", "write an absolute path of letters, digits, '-', '_', '.' and '/'")]
    [InlineData("IRON3002", "path=/etc/../root", "write an absolute path of letters, digits, '-', '_', '.' and '/'")]
    [InlineData("IRON3002", "path=/etc/a b", "write an absolute path of letters, digits, '-', '_', '.' and '/'")]
    [InlineData("IRON3002", "address=0177.1", "write an IPv4 or IPv6 address")]
    [InlineData("IRON3002", "network=10.0.0.1", "write a network such as 10.0.0.0/24")]
    [InlineData("IRON3002", "ipv6=yes", "write true or false")]
    [InlineData("IRON3002", "firewall=pf", "write one of nftables, iptables")]
    [InlineData("IRON3002", "text=a\nb", "write text without line breaks and control characters")]
    public void A_mistake_is_reported_with_what_to_write(string code, string set, string hint)
    {
        Assert.Null(Read(out var findings, "bucket=plans", set));
        var finding = Assert.Single(findings);
        Assert.Equal((code, DiagnosticSeverity.Error, hint), (finding.Code, finding.Severity, finding.Hint));
    }

    [Fact]
    public void All_mistakes_are_reported_in_one_run()
    {
        Assert.Null(Read(out var findings, "port=0", "nothing=1", "ipv6=true", "ipv6=true"));
        Assert.Equal(["IRON3001", "IRON3002", "IRON3003", "IRON3004"], findings.Select(f => f.Code).Order(StringComparer.Ordinal));
    }

    private static OptionValues? Read(out IReadOnlyList<Diagnostic> findings, params string[] set)
    {
        var preflight = new PreflightReport(new SourceText("proxy.yaml", ""), static _ => null);
        var values = OptionValues.Read(set.Select(s => KeyValuePair.Create(s[..s.IndexOf('=', StringComparison.Ordinal)], s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..])), new FakeTarget(), preflight);
        findings = preflight.ToSorted();
        return values;
    }
}
