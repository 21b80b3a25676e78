using System.Text;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Pipeline.Tests.Logs;

public class LogTextTests
{
    private const string Time = "\"time\":\"2026-11-20T12:00:00.1234567+00:00\"";

    [Theory]
    [InlineData(
        """ "mode":"mitm","action":"allow","status_code":200,"status":200,"upstream_status":200,"outcome":"delivered","duration_ms":142.113,"scheme":"https","port":443,"host":"api.openai.com","method":"POST","path":"/v1/chat","remote_addr":"172.20.0.4:51830","rule":{"line":24,"column":11}""",
        "allow POST https://api.openai.com/v1/chat 200 142ms (rule 24:11, from 172.20.0.4:51830)")]
    [InlineData(
        """ "mode":"http","action":"reject","status_code":403,"status":403,"outcome":"refused","duration_ms":0.091,"scheme":"http","port":8080,"host":"example.com","method":"GET","path":"/","reason":"host_not_allowed","remote_addr":"[::1]:9","rule":{"line":20,"column":5}},"rejected_by":"allowlist","x":{"y":1""",
        "deny  GET http://example.com:8080/ 403 0.1ms host_not_allowed (allowlist 20:5, from [::1]:9)")]
    [InlineData(
        """ "mode":"mitm","action":"allow","status_code":499,"status":200,"outcome":"client_left","duration_ms":61234.5,"scheme":"https","port":443,"host":"2001:db8::1","method":"GET","path":"/events","upgrade":"websocket" """,
        "allow GET https://[2001:db8::1]/events (websocket) 200 61.2s client_left")]
    [InlineData(
        """ "mode":"mitm","action":"reject","status_code":502,"status":502,"outcome":"upstream_failed","duration_ms":10,"scheme":"https","port":443,"host":"a.test","method":"GET","path":"/","reason":"upstream_failed"},"rejected_by":"proxy","x":{"y":1""",
        "deny  GET https://a.test/ 502 10ms upstream_failed upstream_failed (proxy)")]
    [InlineData(
        """ "mode":"connect","action":"allow","status_code":200,"outcome":"opened","duration_ms":0.2,"port":443,"host":"a.test","method":"CONNECT","path":"" """,
        "allow CONNECT a.test:443 0.2ms opened")]
    [InlineData(
        """ "mode":"socks5","action":"allow","status_code":200,"outcome":"opened","duration_ms":0.2,"port":443,"host":"a.test","method":"CONNECT","path":"" """,
        "allow SOCKS5 a.test:443 0.2ms opened")]
    [InlineData(
        """ "mode":"sni-only","action":"allow","status_code":200,"outcome":"delivered","duration_ms":0.2,"scheme":"https","port":443,"host":"a.test","method":"","path":"" """,
        "allow TLS a.test 0.2ms")]
    [InlineData(
        """ "mode":"","action":"reject","status_code":503,"outcome":"refused","duration_ms":0,"host":"","method":"","path":"","reason":"too_many_connections" """,
        "deny  (no request) 0.0ms too_many_connections")]
    [InlineData(
        """ "mode":"mitm","action":"stub","status_code":200,"status":200,"outcome":"delivered","duration_ms":1,"scheme":"https","port":443,"host":"a.test","method":"POST","path":"/token" """,
        "stub  POST https://a.test/token 200 1.0ms")]
    public void A_request_has_a_line_for_people(string audit, string expected) => Assert.Equal($"12:00:00.123 {expected}", Of($"{{{Time},\"level\":\"info\",\"msg\":\"request\",\"audit\":{{{audit}}}}}"));

    [Fact]
    public void What_steps_say_of_secrets_and_of_warnings_is_told_by_name() =>
        Assert.Equal(
            "12:00:00.123 allow GET https://a.test/ 200 1.0ms would be denied: host_not_allowed with KEY, OTHER, oauth_token",
            Of($$"""
                {{{Time}},"level":"warn","msg":"request","audit":{"mode":"mitm","action":"allow","status":200,"outcome":"delivered","duration_ms":1,"scheme":"https","port":443,"host":"a.test","method":"GET","path":"/"},
                "request_transforms":[
                  {"name":"allowlist","action":"continue","annotations":{"warn":true,"violation":"host_not_allowed"} },
                  {"name":"annotate","action":"continue","annotations":{"header:X":"not shown"} },
                  {"name":"secrets","action":"continue","annotations":{"swapped":[{"secret":"KEY","locations":["path"]},{"secret":"KEY","locations":["query"]}],"injected":[{"secret":"OTHER","locations":["path"]}]} },
                  {"name":"oauth_token","action":"continue","annotations":{"grant":"password","injected":["header:Authorization"]} }],
                "response_transforms":[]}
                """));

    [Theory]
    [InlineData("""{"time":"2026-11-20T12:00:00Z","level":"info","msg":"ready","plan_hash":"sha256:00","listeners":{"http":"127.0.0.1:80","dns":"127.0.0.1:53"}}""", "12:00:00.000 info  ready plan_hash=sha256:00 http=127.0.0.1:80 dns=127.0.0.1:53")]
    [InlineData("""{"time":"2026-11-20T12:00:00Z","level":"warn","msg":"3 of a.test","logger":"Category","count":3,"error":"IOException: gone"}""", "12:00:00.000 warn  3 of a.test error=IOException: gone")]
    [InlineData("""{"level":"error","msg":"refusals have no record: the audit log had no room","count":3}""", "error refusals have no record: the audit log had no room count=3")]
    [InlineData("""{"time":"2026-11-20T12:00:00Z","level":"warn","msg":"dns","dns":{"client":"127.0.0.1:9","transport":"udp","name":"a.test","type":"A","answer":"denied","rcode":"NXDOMAIN"}}""", "12:00:00.000 dns   A a.test denied NXDOMAIN (from 127.0.0.1:9, udp)")]
    public void Other_lines_say_what_they_say(string line, string expected) => Assert.Equal(expected, Of(line));

    [Theory]
    [InlineData("no JSON \e[2J", "no JSON \\u001b[2J")]
    [InlineData("[1]", "[1]")]
    [InlineData("""{"audit":"no object"}""", """{"audit":"no object"}""")]
    [InlineData("""{"audit":{"mode":"http","port":1.5}}""", """{"audit":{"mode":"http","port":1.5}}""")]
    [InlineData("""{"audit":{"mode":7}}""", """{"audit":{"mode":7}}""")]
    [InlineData("""{"msg":"half \ud800 a character"}""", """{"msg":"half \ud800 a character"}""")]
    public void What_is_no_line_of_the_log_stays(string line, string expected) => Assert.Equal(expected, Of(line));

    /// <summary>Each text that a workload can choose, and those that it cannot.</summary>
    [Theory]
    [InlineData("method")]
    [InlineData("host")]
    [InlineData("path")]
    [InlineData("scheme")]
    [InlineData("remote_addr")]
    [InlineData("reason")]
    [InlineData("outcome")]
    [InlineData("upgrade")]
    public void Nothing_in_a_record_acts_on_the_terminal(string member)
    {
        var audit = """{"audit":{"mode":"http","action":"allow","MEMBER":"a\u001b[2J\r\n\u009b\u202e"}}""".Replace("MEMBER", member, StringComparison.Ordinal);
        Assert.All(new[] { false, true }, color => Assert.DoesNotContain(StripPaint(new LogText(color).Of(Encoding.UTF8.GetBytes(audit))), c => char.IsControl(c) || c == '\u202e'));
    }

    [Theory]
    [InlineData("""{"msg":"a\u001b[2J"}""")]
    [InlineData("""{"msg":"a","b\u001b":"\u001b[2J"}""")]
    [InlineData("""{"level":"\u001b[2J","msg":"a","b":{"c":["\u001b[2J"]}}""")]
    [InlineData("""{"dns":{"name":"\u001b[2J","type":"\u001b","answer":"\u001b","rcode":"\u001b","client":"\u001b","transport":"\u001b"}}""")]
    [InlineData("""{"audit":{"mode":"http"},"rejected_by":"\u001b","request_transforms":[{"annotations":{"violation":"\u001b","swapped":[{"secret":"\u001b"}]}}]}""")]
    public void Nothing_in_another_line_acts_on_the_terminal(string line) => Assert.DoesNotContain(Of(line), char.IsControl);

    [Fact]
    public void Colours_are_in_the_line_where_there_are_some()
    {
        var denied = """{"audit":{"mode":"http","action":"reject","outcome":"refused","scheme":"http","host":"a.test","method":"GET","path":"/","reason":"host_not_allowed"}}""";
        Assert.Equal("\e[31mdeny  \e[0mGET http://a.test/ \e[31mhost_not_allowed\e[0m", new LogText(color: true).Of(Encoding.UTF8.GetBytes(denied)));
        Assert.DoesNotContain('\e', Of(denied));
    }

    [Fact]
    public void Several_lines_stay_several() =>
        Assert.Equal("info  one\nwarn  two", Encoding.UTF8.GetString(new LogText(color: false).OfLines("{\"level\":\"info\",\"msg\":\"one\"}\n{\"level\":\"warn\",\"msg\":\"two\"}"u8)));

    private static string Of(string line) => new LogText(color: false).Of(Encoding.UTF8.GetBytes(line));

    private static string StripPaint(string text) => text.Replace("\e[32m", "", StringComparison.Ordinal).Replace("\e[33m", "", StringComparison.Ordinal)
        .Replace("\e[31m", "", StringComparison.Ordinal).Replace("\e[2m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal);
}
