using System.Buffers;
using System.Text;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Telemetry;

/// <summary>The members of an audit record as attributes. The exporter knows lists of texts and no lists of objects, so that each step is a text in JSON.</summary>
internal static class AuditAttributes
{
    /// <summary>The attributes of a record, by the names of its members.</summary>
    public static List<KeyValuePair<string, object?>> Of(AuditRecord record, double durationMs)
    {
        var attributes = new List<KeyValuePair<string, object?>>(24);
        Add("host", record.Host);
        Add("method", record.Method);
        Add("path", record.Path);
        Add("remote_addr", record.RemoteAddress?.ToString() ?? "");
        Add("sni", record.Sni ?? "");
        Add("mode", record.Mode);
        Add("action", AuditNames.ActionOf(record));
        Add("status_code", record.StatusCode);
        Add("status", record.SentStatus);
        Add("upstream_status", record.UpstreamStatus);
        Add("outcome", AuditNames.Of(record.Outcome));
        Add("duration_ms", Math.Round(durationMs, 3));
        Add("scheme", record.Scheme);
        Add("port", record.Port);
        Add("upgrade", record.Upgrade);
        Add("listener", record.Listener);
        Add("client", record.Client?.Name);
        Add("client_by", record.Client?.ByName);
        Add("reason", record.Reason?.Code);
        Add("plan_hash", record.PlanHash);
        Add("rule.line", record.Rule?.Line);
        Add("rule.column", record.Rule?.Column);
        Add("rejected_by", record.RejectedBy);
        Add("request_transforms", Steps(record.Steps));
        Add("response_transforms", Steps(record.ResponseSteps));
        Add("mcp", record.Mcp is { } mcp ? TextOf(json => JsonAuditSink.WriteMcp(json, mcp)) : null);
        return attributes;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                attributes.Add(new(name, value));
            }
        }
    }

    /// <summary>About how much memory a record takes.</summary>
    public static long SizeOf(AuditRecord record)
    {
        const int Fixed = 1024;
        const int TextOfMessage = 100;
        var characters = record.Method.Length + record.Path.Length + record.Host.Length + (record.Sni?.Length ?? 0) + record.Steps.Concat(record.ResponseSteps).Sum(static s => s.Annotations.Sum(static a => a.Value switch
        {
            string text => text.Length,
            IEnumerable<string> texts => texts.Sum(static t => t.Length),
            _ => 0,
        }));
        characters += record.Mcp?.Read().Messages.Sum(static m => (m.Method?.Length ?? 0) + (m.Name?.Length ?? 0) + TextOfMessage) ?? 0;
        return Fixed + ((long)sizeof(char) * characters);
    }

    private static string[] Steps(IReadOnlyList<StepRecord> steps)
    {
        var texts = new string[steps.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            var step = steps[i];
            texts[i] = TextOf(json => JsonAuditSink.WriteStep(json, step));
        }

        return texts;
    }

    private static string TextOf(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, JsonAuditSink.Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
