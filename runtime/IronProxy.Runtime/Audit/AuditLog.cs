using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Audit;

/// <summary>
/// Writes audit records as JSON, one line each. Its layout is schema/audit.schema.json. Nothing is let through without its
/// record: there is room for it before (<see cref="AdmitAsync"/>), or it is refused.
/// </summary>
/// <param name="sink">Where lines go.</param>
/// <param name="time">The clock.</param>
/// <param name="planHash">Policy hash of the plan that decides now.</param>
/// <param name="count">Counts each record.</param>
public sealed class AuditLog(LineSink sink, TimeProvider time, Func<string> planHash, Action<AuditRecord> count)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    private long _unrecorded;

    /// <summary>Whether records can still be written; if not, nothing may be let through.</summary>
    public bool IsOpen() => sink.IsOpen();

    /// <summary>Starts a record now, of what the newest policy decides.</summary>
    public AuditRecord Begin() => Begin(planHash());

    /// <summary>Starts a record now.</summary>
    /// <param name="hash">Policy hash of the plan that decides.</param>
    public AuditRecord Begin(string hash) => new(time.GetTimestamp(), hash);

    /// <summary>The time since a timestamp, in milliseconds.</summary>
    public double ElapsedMs(long since) => time.GetElapsedTime(since).TotalMilliseconds;

    /// <summary>A timestamp for <see cref="ElapsedMs"/>.</summary>
    public long Timestamp() => time.GetTimestamp();

    /// <summary>Waits for room for one record, which <see cref="Write"/> then uses.</summary>
    /// <returns>False when there was none in time: what it would be about must be refused with <see cref="Reason.AuditUnavailable"/>.</returns>
    public ValueTask<bool> AdmitAsync() => sink.AdmitAsync();

    /// <summary>Writes the finished record of a refusal as soon as there is room.</summary>
    public async ValueTask WriteRefusalAsync(AuditRecord record)
    {
        if (await sink.AdmitAsync().ConfigureAwait(false))
        {
            Write(record);
        }
        else
        {
            CountUnrecorded(record);
        }
    }

    /// <summary>Writes the finished record of a refusal where nothing can wait.</summary>
    /// <returns>False when there is no room now.</returns>
    public bool TryWriteRefusal(AuditRecord record)
    {
        if (!sink.TryAdmit())
        {
            return false;
        }

        Write(record);
        return true;
    }

    /// <summary>Counts a refusal for which there was no room in time. A later line says how many there were.</summary>
    public void CountUnrecorded(AuditRecord record)
    {
        record.Reason = Reason.AuditUnavailable;
        count(record);
        Interlocked.Increment(ref _unrecorded);
    }

    /// <summary>Writes a finished record for which there is room.</summary>
    public void Write(AuditRecord record)
    {
        record.Finish();
        count(record);
        var (buffer, json) = StartLine();
        if (Volatile.Read(ref _unrecorded) > 0 && Interlocked.Exchange(ref _unrecorded, 0) is > 0 and var unrecorded)
        {
            WriteUnrecorded(buffer, json, unrecorded);
        }

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
        json.WriteEndObject();
        json.Flush();
        sink.Write(buffer.WrittenSpan);
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) StartLine()
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        var json = t_writer ??= new Utf8JsonWriter(buffer, Options);
        json.Reset(buffer);
        return (buffer, json);
    }

    /// <summary>Puts a line before the next record that says how many refusals have none. It shares the record's room.</summary>
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
        json.WriteNumber("duration_ms"u8, Math.Round(ElapsedMs(record.StartedAt), 3));
        if (record.Scheme is not null)
        {
            json.WriteString("scheme"u8, record.Scheme);
        }

        if (record.Port is { } port)
        {
            json.WriteNumber("port"u8, port);
        }

        json.WriteString("listener"u8, record.Listener);
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

    private static void WriteStep(Utf8JsonWriter json, StepRecord step)
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
