using System.Text;
using IronProxy.Cli.AuditLogs;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.AuditLogs;

public class AuditLineTests
{
    [Fact]
    public void The_samples_of_the_audit_page_are_read()
    {
        var samples = File.ReadAllLines(RepositoryRoot.Combine("docs", "reference", "audit.md")).Where(l => l.StartsWith("{\"time\"", StringComparison.Ordinal)).ToArray();

        Assert.Equal(
            [
                new RecordedRequest("POST", "https", "api.openai.com", 443, "/v1/chat/completions", PolicyAnswer.Allowed, null, null, null),
                new RecordedRequest("GET", "https", "example.com", 443, "/", PolicyAnswer.Denied, "host_not_allowed", null, null),
            ],
            samples.Select(Record));
    }

    [Fact]
    public void What_policy_said_is_told_from_what_became_of_the_request()
    {
        Assert.Equal((PolicyAnswer.Allowed, null, null), Answer(Lines.Allowed("GET https://a.test/")));
        Assert.Equal((PolicyAnswer.Warned, "request_not_allowed", null), Answer(Lines.Warned("GET https://a.test/", "request_not_allowed")));
        Assert.Equal((PolicyAnswer.Denied, "host_not_allowed", null), Answer(Lines.Denied("GET https://a.test/")));
        Assert.Equal((PolicyAnswer.Denied, "no_allowlist", null), Answer(Lines.Refused("GET https://a.test/", "no_allowlist")));
        Assert.Equal((PolicyAnswer.Denied, "secret_required", null), Answer(Lines.Failed("GET https://a.test/", "secret_required", by: "secrets")));
        Assert.Equal((PolicyAnswer.Allowed, null, "upstream_unreachable"), Answer(Lines.Failed("GET https://a.test/", "upstream_unreachable")));
        Assert.Equal((PolicyAnswer.NotAsked, "dot_segment", null), Answer(Lines.Refused("GET https://a.test/../", "dot_segment")));
        Assert.Equal("secrets", Record(Lines.Failed("GET https://a.test/", "secret_required", by: "secrets")).Step);
    }

    [Fact]
    public void A_tunnel_without_a_rule_got_through_because_of_warn_mode()
    {
        Assert.Equal((PolicyAnswer.Allowed, null, null), Answer(Lines.Tunnel("a.test:443")));
        Assert.Equal((PolicyAnswer.Warned, null, null), Answer(Lines.Tunnel("a.test:443", rule: false, mode: "socks5")));
        Assert.Equal((PolicyAnswer.Denied, "host_not_allowed", null), Answer(Lines.Tunnel("a.test:443", rule: false, reason: "host_not_allowed")));
        Assert.Equal((PolicyAnswer.NotAsked, "tunnel_protocol", null), Answer(Lines.Tunnel("a.test:443", rule: false, reason: "tunnel_protocol")));
    }

    [Fact]
    public void Lines_about_DNS_questions_are_of_another_kind()
    {
        var samples = File.ReadAllLines(RepositoryRoot.Combine("docs", "reference", "dns.md")).Where(l => l.StartsWith("{\"time\"", StringComparison.Ordinal));
        Assert.All([.. samples, Lines.Dns("x.test")], line => Assert.Equal(AuditLineKind.Other, AuditLine.Read(Encoding.UTF8.GetBytes(line), out _, out _)));
        Assert.Equal(2, samples.Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \r")]
    [InlineData("{}")]
    [InlineData("{\"msg\": \"ready\", \"listeners\": {\"http\": \"127.0.0.1:80\"}}")]
    [InlineData("{\"msg\": {\"text\": 1}, \"host\": 5}")]
    public void Lines_of_other_kinds_are_no_mistake(string line) =>
        Assert.Equal(AuditLineKind.Other, AuditLine.Read(Encoding.UTF8.GetBytes(line), out _, out _));

    [Theory]
    [InlineData("iron-proxy: cannot bind", "it is not JSON, or was cut")]
    [InlineData("{\"msg\": \"request\"", "it is not JSON, or was cut")]
    [InlineData("{\"msg\": \"ready\"} {}", "it is not JSON, or was cut")]
    [InlineData("[1]", "it is not an object")]
    [InlineData("5", "it is not an object")]
    [InlineData("{\"msg\": \"request\"}", "audit is missing")]
    [InlineData("{\"audit\": []}", "audit is not an object")]
    [InlineData("{\"audit\": {\"host\": {\"a\": [1]}}}", "audit.host is not a text")]
    [InlineData("{\"audit\": {\"host\": \"\\ud800\"}}", "a text in it has half a character")]
    [InlineData("{\"audit\": {\"host\": \"\", \"method\": \"\", \"path\": \"\", \"mode\": \"\"}}", "audit.action is none of allow, reject and stub")]
    [InlineData("{\"audit\": {\"host\": \"\", \"method\": \"\", \"path\": \"\", \"mode\": \"\", \"action\": \"reject\"}}", "audit.reason is missing")]
    [InlineData("{\"audit\": {\"port\": 65536}}", "audit.port is not a number from 0 to 65535")]
    [InlineData("{\"audit\": {\"port\": \"443\"}}", "audit.port is not a number from 0 to 65535")]
    [InlineData("{\"audit\": {}, \"request_transforms\": {}}", "request_transforms is not a list")]
    [InlineData("{\"audit\": {}, \"request_transforms\": [1, []]}", "request_transforms is not a list of objects")]
    public void A_broken_line_says_what_is_wrong(string line, string problem)
    {
        Assert.Equal(AuditLineKind.Broken, AuditLine.Read(Encoding.UTF8.GetBytes(line), out var record, out var said));
        Assert.Null(record);
        Assert.Equal(problem, said);
    }

    [Theory]
    [InlineData("delivered", null)]
    [InlineData("cut_off", null)]
    [InlineData("client_left", "client_closed")]
    [InlineData("client_stalled", "client_stalled")]
    [InlineData("of_another_release", null)]
    public void An_outcome_says_what_became_of_a_request_that_was_let_through(string outcome, string? failure)
    {
        var line = Lines.Allowed("GET https://a.test/x").Replace("\"action\":\"allow\"", $"\"action\":\"allow\",\"outcome\":\"{outcome}\"", StringComparison.Ordinal);
        Assert.Contains(outcome, line, StringComparison.Ordinal);
        Assert.Equal((PolicyAnswer.Allowed, null, failure), Answer(line));
    }

    [Fact]
    public void Bytes_that_are_no_text_and_depths_without_end_are_broken()
    {
        Assert.Equal(AuditLineKind.Broken, AuditLine.Read([(byte)'{', 0xFF, (byte)'}'], out _, out _));
        Assert.Equal(AuditLineKind.Broken, AuditLine.Read(Encoding.UTF8.GetBytes($"{{\"a\": {new string('[', 100_000)}"), out _, out _));
    }

    [Fact]
    public void However_a_line_is_cut_or_changed_reading_it_ends()
    {
        var line = Encoding.UTF8.GetBytes(Lines.Warned("GET https://a.test/x?").TrimEnd());
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            byte[] other = [.. line[..random.Next(line.Length + 1)]];
            for (var changes = random.Next(4); changes > 0 && other.Length > 0; changes--)
            {
                other[random.Next(other.Length)] = (byte)random.Next(256);
            }

            var kind = AuditLine.Read(other, out var record, out var problem);
            Assert.Equal(kind == AuditLineKind.Record, record is not null);
            Assert.Equal(kind == AuditLineKind.Broken, problem is not null);
        }
    }

    private static (PolicyAnswer, string?, string?) Answer(string line)
    {
        var record = Record(line);
        return (record.Answer, record.Reason, record.Failure);
    }

    private static RecordedRequest Record(string line)
    {
        var kind = AuditLine.Read(Encoding.UTF8.GetBytes(line.TrimEnd()), out var record, out var problem);
        Assert.True(kind == AuditLineKind.Record, problem);
        return record!; // It is one.
    }
}
