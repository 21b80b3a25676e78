using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Audit;

/// <summary>Writes records as JSON, one line each. Their layout is schema/audit.schema.json.</summary>
/// <param name="lines">Where lines go.</param>
/// <param name="time">The clock.</param>
/// <param name="feed">Those who look on; null when nobody can.</param>
public sealed class JsonAuditSink(LineSink lines, TimeProvider time, RecordFeed? feed = null) : IAuditSink
{
    /// <summary>How text is written: for logs, and for no page.</summary>
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <inheritdoc />
    public bool IsOpen() => lines.IsOpen();

    /// <inheritdoc />
    public ValueTask<bool> AdmitAsync() => lines.AdmitAsync();

    /// <inheritdoc />
    public bool TryAdmit() => lines.TryAdmit();

    /// <inheritdoc />
    public void Write(AuditRecord record, long unrecorded)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        var json = t_writer ??= new Utf8JsonWriter(buffer, Options);
        json.Reset(buffer);
        if (unrecorded > 0)
        {
            WriteUnrecorded(buffer, json, unrecorded);
        }

        var before = buffer.WrittenCount;
        json.WriteStartObject();
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("level"u8, record.Reason is null && !record.Warned ? "info"u8 : "warn"u8);
        json.WriteString("msg"u8, "request"u8);
        WriteAudit(json, record);
        if (record.RejectedBy is not null)
        {
            json.WriteString("rejected_by"u8, record.RejectedBy);
        }

        WriteSteps(json, "request_transforms"u8, record.Steps);
        WriteSteps(json, "response_transforms"u8, record.ResponseSteps);
        if (record.Mcp is { } mcp)
        {
            json.WritePropertyName("mcp"u8);
            WriteMcp(json, mcp);
        }

        json.WriteEndObject();
        json.Flush();
        lines.Write(buffer.WrittenSpan);
        feed?.Offer(buffer.WrittenSpan[before..]);
    }

    /// <summary>A line before the record, which shares its room.</summary>
    private void WriteUnrecorded(ArrayBufferWriter<byte> buffer, Utf8JsonWriter json, long count)
    {
        json.WriteStartObject();
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("level"u8, "error"u8);
        json.WriteString("msg"u8, "refusals have no record: the audit log had no room"u8);
        json.WriteNumber("count"u8, count);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        json.Reset(buffer);
    }

    private void WriteAudit(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartObject("audit"u8);
        json.WriteString("host"u8, record.Host);
        json.WriteString("method"u8, record.Method);
        json.WriteString("path"u8, record.Path);
        json.WriteString("remote_addr"u8, record.RemoteAddress?.ToString() ?? "");
        json.WriteString("sni"u8, record.Sni ?? "");
        json.WriteString("mode"u8, record.Mode);
        json.WriteString("action"u8, AuditNames.ActionOf(record));
        json.WriteNumber("status_code"u8, record.StatusCode);
        if (record.SentStatus is { } sent)
        {
            json.WriteNumber("status"u8, sent);
        }

        if (record.UpstreamStatus is { } upstream)
        {
            json.WriteNumber("upstream_status"u8, upstream);
        }

        json.WriteString("outcome"u8, AuditNames.Of(record.Outcome));
        json.WriteNumber("duration_ms"u8, Math.Round(time.GetElapsedTime(record.StartedAt).TotalMilliseconds, 3));
        if (record.Scheme is not null)
        {
            json.WriteString("scheme"u8, record.Scheme);
        }

        if (record.Port is { } port)
        {
            json.WriteNumber("port"u8, port);
        }

        if (record.Upgrade is not null)
        {
            json.WriteString("upgrade"u8, record.Upgrade);
        }

        json.WriteString("listener"u8, record.Listener);
        if (record.Client is { } client)
        {
            json.WriteString("client"u8, client.Name);
            json.WriteString("client_by"u8, client.ByName);
        }

        if (record.Reason is { } reason)
        {
            json.WriteString("reason"u8, reason.Code);
        }

        json.WriteString("plan_hash"u8, record.PlanHash);
        if (record.Rule is { } rule)
        {
            json.WriteStartObject("rule"u8);
            json.WriteNumber("line"u8, rule.Line);
            json.WriteNumber("column"u8, rule.Column);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<StepRecord> steps)
    {
        json.WriteStartArray(name);
        foreach (var step in steps)
        {
            WriteStep(json, step);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes what one step did.</summary>
    internal static void WriteStep(Utf8JsonWriter json, StepRecord step)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, step.Name);
        json.WriteString("action"u8, step.Outcome.Rejection is not null ? "reject"u8 : step.Outcome.Answer is not null ? "stub"u8 : "continue"u8);
        json.WriteNumber("duration_ms"u8, Math.Round(step.DurationMs, 3));
        if (step.Annotations.Count > 0)
        {
            json.WriteStartObject("annotations"u8);
            foreach (var (key, value) in step.Annotations)
            {
                json.WritePropertyName(key);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes what was said to an MCP server, and by it: names of what is used, and nothing else of it.</summary>
    internal static void WriteMcp(Utf8JsonWriter json, McpRecord record)
    {
        var (messages, omitted) = record.Read();
        json.WriteStartObject();
        json.WriteString("server"u8, record.Server);
        if (record.Upstream is not null)
        {
            json.WriteString("upstream"u8, record.Upstream);
        }

        json.WriteStartArray("messages"u8);
        foreach (var message in messages)
        {
            WriteMessage(json, message);
        }

        json.WriteEndArray();
        if (omitted > 0)
        {
            json.WriteNumber("omitted"u8, omitted);
        }

        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, McpMessageRecord message)
    {
        json.WriteStartObject();
        json.WriteString("direction"u8, message.FromServer ? "response"u8 : "request"u8);
        if (message.Type is { } type)
        {
            json.WriteString("type"u8, AuditNames.Of(type));
        }

        if (message.Method is not null)
        {
            json.WriteString("method"u8, message.Method);
        }

        if (message is { Kind: { } kind, Name: { } name })
        {
            json.WriteString(kind.Name, name);
        }

        json.WriteString("decision"u8, message.Denied ? "deny"u8 : message.Filtered > 0 ? "filter"u8 : "allow"u8);
        if (message.Reason is { } reason)
        {
            json.WriteString("reason"u8, reason.Code);
        }

        if (message.Filtered > 0)
        {
            json.WriteNumber("filtered"u8, message.Filtered);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case SourcePosition position:
                json.WriteStringValue(position.ToString());
                break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (var text in texts)
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
                break;
            case IEnumerable<SecretUse> uses:
                json.WriteStartArray();
                foreach (var use in uses)
                {
                    json.WriteStartObject();
                    json.WriteString("secret"u8, use.Secret);
                    json.WritePropertyName("locations"u8);
                    WriteValue(json, use.Locations);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"An annotation has the type {value.GetType()}.");
        }
    }
}
