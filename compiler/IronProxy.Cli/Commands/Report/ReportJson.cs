using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Report;

/// <summary>Prints a report for programs: one JSON object. Members are only ever added.</summary>
internal static class ReportJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly ReportJsonContext Context = new(
        new JsonSerializerOptions(ReportJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(TrafficReport report, TextWriter writer) => writer.WriteLine(JsonSerializer.Serialize(
        new ReportDocument(
            [.. report.Hosts.Select(h => new HostDocument(h.Host, h.Allowed, h.Warned, h.Denied, h.Refused, [.. h.Requests.Select(Request)]))],
            report.BrokenLines,
            report.DecidedOtherwise),
        Context.ReportDocument));

    private static RequestDocument Request(RequestTraffic traffic) => new(
        traffic.Count,
        ReportText.Answer(traffic.Request),
        traffic.Request.Method,
        traffic.Request.Scheme,
        traffic.Request.Port,
        traffic.Request.IsDestination ? null : traffic.Request.Path,
        traffic.Request.Reason,
        traffic.Request.Step,
        traffic.By);
}

/// <summary>The whole report.</summary>
internal sealed record ReportDocument(ImmutableArray<HostDocument> Hosts, long BrokenLines, long DecidedOtherwise);

/// <summary>One host.</summary>
internal sealed record HostDocument(string Host, long Allowed, long Warned, long Denied, long Refused, ImmutableArray<RequestDocument> Requests);

/// <summary>One kind of request to it.</summary>
internal sealed record RequestDocument(long Count, string Answer, string Method, string? Scheme, int? Port, string? Path, string? Reason, string? Step, SourcePosition? At);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ReportDocument))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
