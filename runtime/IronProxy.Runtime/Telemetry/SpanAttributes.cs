using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Telemetry;

/// <summary>
/// What a span says of its record: by the semantic conventions for HTTP servers (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), and as <c>iron_proxy.*</c> what
/// only this proxy knows. The query is in neither, as it is not in the record.
/// </summary>
internal static class SpanAttributes
{
    /// <summary>Methods that may name a span. Others are for workloads to make up.</summary>
    private static readonly FrozenSet<string> Methods = FrozenSet.Create(StringComparer.Ordinal, "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE");

    /// <summary>Names a span, and sets its attributes and its status.</summary>
    public static void Set(Activity span, AuditRecord record)
    {
        var isKnown = Methods.Contains(record.Method);
        span.DisplayName = isKnown ? record.Method : "HTTP";
        if (record.Method.Length == 0)
        {
            span.DisplayName = NullIfEmpty(record.Mode) ?? "connection"; // TLS that was passed through, and what never became a request.
        }
        else
        {
            span.SetTag("http.request.method", isKnown ? record.Method : "_OTHER");
            span.SetTag("http.request.method_original", isKnown ? null : record.Method);
        }

        span.SetTag("server.address", NullIfEmpty(record.Host));
        span.SetTag("server.port", record.Port);
        span.SetTag("url.scheme", record.Scheme);
        span.SetTag("url.path", NullIfEmpty(record.Path));
        span.SetTag("client.address", (record.RemoteAddress as IPEndPoint)?.Address.ToString());
        span.SetTag("http.response.status_code", record.SentStatus);
        span.SetTag("error.type", ErrorOf(record));
        span.SetTag("iron_proxy.action", AuditNames.ActionOf(record));
        span.SetTag("iron_proxy.outcome", AuditNames.Of(record.Outcome));
        span.SetTag("iron_proxy.reason", record.Reason?.Code);
        span.SetTag("iron_proxy.rejected_by", record.RejectedBy);
        span.SetTag("iron_proxy.rule.line", record.Rule?.Line);
        span.SetTag("iron_proxy.rule.column", record.Rule?.Column);
        span.SetTag("iron_proxy.mode", NullIfEmpty(record.Mode));
        span.SetTag("iron_proxy.listener", NullIfEmpty(record.Listener));
        span.SetTag("iron_proxy.client", record.Client?.Name);
        span.SetTag("iron_proxy.client_by", record.Client?.ByName);
        span.SetTag("iron_proxy.upstream_status", record.UpstreamStatus);
        span.SetTag("iron_proxy.plan_hash", record.PlanHash);

        // What a client has done wrong, or may not do, is no error of a server.
        if (record.StatusCode >= 500 || record.Outcome == RequestOutcome.CutOff)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>The reason; else the status of an upstream that has failed, or that it broke off.</summary>
    private static string? ErrorOf(AuditRecord record) =>
        record.Reason?.Code
        ?? (record.Outcome == RequestOutcome.CutOff ? AuditNames.Of(record.Outcome)
            : record.StatusCode >= 500 ? record.StatusCode.ToString(CultureInfo.InvariantCulture)
            : null);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
