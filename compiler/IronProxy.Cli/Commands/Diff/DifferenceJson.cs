using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Differences;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Diff;

/// <summary>Prints a difference for programs: one JSON object. Members are only ever added.</summary>
internal static class DifferenceJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly DifferenceJsonContext Context = new(
        new JsonSerializerOptions(DifferenceJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(ProxyPlan old, ProxyPlan @new, PlanDifference difference, TextWriter writer) =>
        writer.WriteLine(JsonSerializer.Serialize(
            new DifferenceReport(
                PlanIdentity.Of(old),
                PlanIdentity.Of(@new),
                !difference.IsEmpty,
                difference.Widens,
                Hosts(difference.Reachable),
                Hosts(difference.Unreachable),
                [.. difference.Secrets.Select(s => new SecretReport(s.Name, s.Mode, s.Standing, Hosts(s.Sendable), Hosts(s.NoLongerSendable)))],
                [.. difference.Settings.Select(s => new SettingReport(s.Setting, Direction(s.Direction), s.Change))],
                difference.Undecided),
            Context.DifferenceReport));

    private static ImmutableArray<HostsReport> Hosts(ImmutableArray<SpaceDifference> differences) =>
        [.. differences.Select(d => new HostsReport(d.Hosts, [.. d.Slices.Select(Requests)]))];

    private static RequestsReport Requests(SpaceSlice slice) => new(
        slice.Methods.Except ? null : slice.Methods.Items,
        slice.Methods is { Except: true, IsAny: false } ? slice.Methods.Items : null,
        slice.Paths.IsEmpty ? null : slice.Paths,
        slice.Schemes,
        slice.Ports.Except ? null : slice.Ports.Items,
        slice.Ports is { Except: true, IsAny: false } ? slice.Ports.Items : null,
        slice.Clients.Except ? null : slice.Clients.Items,
        slice.Clients is { Except: true, IsAny: false } ? slice.Clients.Items : null,
        slice.Witness.ToString(),
        slice.Witness.Client);

    private static string Direction(SettingDirection direction) => direction switch
    {
        SettingDirection.Widens => "widens",
        SettingDirection.Narrows => "narrows",
        _ => "changes",
    };
}

/// <summary>The whole report.</summary>
internal sealed record DifferenceReport(
    PlanIdentity Old,
    PlanIdentity New,
    bool Differs,
    bool Widens,
    ImmutableArray<HostsReport> Reachable,
    ImmutableArray<HostsReport> Unreachable,
    ImmutableArray<SecretReport> Secrets,
    ImmutableArray<SettingReport> Settings,
    ImmutableArray<string> Undecided);

/// <summary>Hosts that change alike.</summary>
internal sealed record HostsReport(ImmutableArray<string> Hosts, ImmutableArray<RequestsReport> Requests);

/// <summary>Requests to them. An absent list is every value, an except list every other one; of clients those who are not known are among both.</summary>
internal sealed record RequestsReport(
    ImmutableArray<string>? Methods,
    ImmutableArray<string>? MethodsExcept,
    ImmutableArray<string>? Paths,
    ImmutableArray<string> Schemes,
    ImmutableArray<int>? Ports,
    ImmutableArray<int>? PortsExcept,
    ImmutableArray<string>? Clients,
    ImmutableArray<string>? ClientsExcept,
    string Witness,
    string? WitnessClient);

/// <summary>A secret.</summary>
internal sealed record SecretReport(string Name, string Mode, string Standing, ImmutableArray<HostsReport> Sendable, ImmutableArray<HostsReport> NoLongerSendable);

/// <summary>A setting.</summary>
internal sealed record SettingReport(string Setting, string Direction, string Change);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(DifferenceReport))]
internal sealed partial class DifferenceJsonContext : JsonSerializerContext;
