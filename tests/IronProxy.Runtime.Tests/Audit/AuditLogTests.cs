using System.Net;
using System.Text;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Logs;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Tests.Audit;

public class AuditLogTests
{
    [Fact]
    public async Task A_record_has_the_documented_shape()
    {
        var json = await WriteAsync(record =>
        {
            record.Scheme = "https";
            record.Host = "api.openai.com";
            record.Port = 8443;
            record.Method = "POST";
            record.Path = "/v1/chat";
            record.RemoteAddress = new IPEndPoint(IPAddress.Loopback, 5);
            record.Mode = "mitm";
            record.Listener = "https";
            record.StatusCode = 200;
            record.Rule = new SourcePosition(12, 9);
            record.AddStep("secrets").Annotate("swapped", new List<SecretUse> { new("KEY", ["header:Authorization"]) });
        });

        Assert.Equal("request", json.GetProperty("msg").GetString());
        Assert.Equal("info", json.GetProperty("level").GetString());
        var audit = json.GetProperty("audit");
        Assert.Equal("allow", audit.GetProperty("action").GetString());
        Assert.Equal("127.0.0.1:5", audit.GetProperty("remote_addr").GetString());
        Assert.Equal(("https", 8443, "https"), (audit.GetProperty("scheme").GetString(), audit.GetProperty("port").GetInt32(), audit.GetProperty("listener").GetString()));
        Assert.Equal(12, audit.GetProperty("rule").GetProperty("line").GetInt32());
        Assert.Equal("hash", audit.GetProperty("plan_hash").GetString());
        Assert.False(json.TryGetProperty("rejected_by", out _));
        var swapped = json.GetProperty("request_transforms")[0].GetProperty("annotations").GetProperty("swapped")[0];
        Assert.Equal("KEY", swapped.GetProperty("secret").GetString());
    }

    [Fact]
    public async Task A_rejection_is_a_warning_and_names_who_rejected()
    {
        var json = await WriteAsync(record =>
        {
            record.Reason = Reason.HostNotAllowed;
            record.RejectedBy = "allowlist";
            record.StatusCode = 403;
        });
        Assert.Equal("warn", json.GetProperty("level").GetString());
        Assert.Equal("allowlist", json.GetProperty("rejected_by").GetString());
        Assert.Equal("host_not_allowed", json.GetProperty("audit").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task What_is_known_only_at_the_end_is_asked_for_then()
    {
        var json = await WriteAsync(record => record.BeforeWrite(static step => step.Annotate("late", true), record.AddStep("body_capture")));
        Assert.True(json.GetProperty("request_transforms")[0].GetProperty("annotations").GetProperty("late").GetBoolean());
    }

    [Fact]
    public async Task An_annotation_that_fails_costs_no_record_and_no_other_annotation()
    {
        var json = await WriteAsync(record =>
        {
            var step = record.AddStep("body_capture");
            record.BeforeWrite(static _ => throw new InvalidOperationException("of the body"), step);
            record.BeforeWrite(static step => step.Annotate("late", true), step);
        });
        var annotations = json.GetProperty("request_transforms")[0].GetProperty("annotations");
        Assert.Equal("an annotation could not be made: InvalidOperationException", annotations.GetProperty("error").GetString());
        Assert.True(annotations.GetProperty("late").GetBoolean());
    }

    [Fact]
    public async Task Refusals_without_a_record_are_owned_up_to_in_text_as_well()
    {
        using var output = new MemoryStream();
        await using (var sink = new LineSink(output, TimeProvider.System, text: new LogText(color: false)))
        {
            var log = new AuditLog(new JsonAuditSink(sink, TimeProvider.System), TimeProvider.System, static () => "hash", static _ => { });
            log.CountUnrecorded(log.Begin());
            var record = log.Begin();
            (record.Host, record.Method, record.Path, record.Scheme, record.Mode, record.Reason) = ("a.test", "GET", "/\e[2J", "http", "http", Reason.HostNotAllowed);
            Assert.True(await log.AdmitAsync());
            log.Write(record);
        }

        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.EndsWith(" error refusals have no record: the audit log had no room count=1", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} deny  GET http://a\.test/\\u001b\[2J \d+(\.\d)?m?s host_not_allowed$", lines[1]);
        Assert.Equal("", lines[2]);
    }

    private static async Task<JsonElement> WriteAsync(Action<AuditRecord> fill)
    {
        using var output = new MemoryStream();
        await using (var sink = new LineSink(output, TimeProvider.System))
        {
            var log = new AuditLog(new JsonAuditSink(sink, TimeProvider.System), TimeProvider.System, static () => "hash", static _ => { });
            var record = log.Begin();
            fill(record);
            Assert.True(await log.AdmitAsync());
            log.Write(record);
        }

        return JsonDocument.Parse(output.ToArray()).RootElement.Clone();
    }
}
