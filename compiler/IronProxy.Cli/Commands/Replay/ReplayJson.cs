using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Cli.AuditLogs;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Replay;

/// <summary>Prints a replay for programs: one JSON object. Members are only ever added.</summary>
internal static class ReplayJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly ReplayJsonContext Context = new(
        new JsonSerializerOptions(ReplayJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(ProxyPlan plan, ReplayReport report, TextWriter writer) => writer.WriteLine(JsonSerializer.Serialize(
        new ReplayDocument(
            PlanIdentity.Of(plan),
            report.Replayed,
            report.Replayed - report.Changes.Sum(c => c.Count),
            [.. report.Changes.Select(Change)],
            report.NotReplayed,
            report.BrokenLines),
        Context.ReplayDocument));

    private static ChangeDocument Change(ReplayedRequest change) => new(
        change.Change switch
        {
            ReplayChange.NewlyDenied => "newly_denied",
            ReplayChange.NowEnforced => "now_enforced",
            ReplayChange.NewlyAllowed => "newly_allowed",
            ReplayChange.NowWarned => "now_warned",
            ReplayChange.OtherReason => "other_reason",
            _ => throw new UnreachableException("A request that is decided as before is no change."),
        },
        change.Count,
        change.Request.Method,
        change.Request.Scheme,
        change.Request.Host,
        change.Request.Port,
        change.Request.IsDestination ? null : change.Request.Path,
        new AnswerDocument(Name(change.Request.Answer), change.Request.Reason, change.Request.Step, null),
        new AnswerDocument(Name(change.Now.Answer), change.Now.Reason?.Code, change.Now.Step, change.Now.At));

    private static string Name(PolicyAnswer answer) => answer switch
    {
        PolicyAnswer.Allowed => "allow",
        PolicyAnswer.Warned => "warn",
        _ => "deny",
    };
}

/// <summary>The whole report.</summary>
internal sealed record ReplayDocument(
    PlanIdentity Plan, long Replayed, long Unchanged, ImmutableArray<ChangeDocument> Changes, ImmutableArray<NotReplayed> NotReplayed, long BrokenLines);

/// <summary>A request whose answer changes.</summary>
internal sealed record ChangeDocument(
    string Change, long Count, string Method, string? Scheme, string Host, int? Port, string? Path, AnswerDocument Recorded, AnswerDocument Now);

/// <summary>What policy said, or says.</summary>
internal sealed record AnswerDocument(string Verdict, string? Reason, string? Step, SourcePosition? At);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ReplayDocument))]
internal sealed partial class ReplayJsonContext : JsonSerializerContext;
