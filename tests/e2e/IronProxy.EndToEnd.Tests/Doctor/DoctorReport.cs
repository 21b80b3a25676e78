using System.Text.Json;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>What <c>ironc doctor --json</c> said.</summary>
internal sealed record DoctorReport(int ExitCode, string Output, string Error)
{
    private readonly Lazy<IReadOnlyList<Line>> _lines = new(() => Read(Output, Error));

    public IReadOnlyList<Line> Lines => _lines.Value;

    /// <summary>Checks with a hole.</summary>
    public IReadOnlyList<string> Holes => [.. Of("hole").Select(l => l.Check).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Attempts with a verdict.</summary>
    public IEnumerable<Line> Of(string verdict) => Lines.Where(l => l.Verdict == verdict);

    public override string ToString() => $"exit {ExitCode}\n{string.Join('\n', Lines.Where(l => l.Verdict != "closed"))}\n{Error}";

    private static IReadOnlyList<Line> Read(string output, string error)
    {
        Assert.True(output.StartsWith('{'), $"doctor printed no report: {output}{error}");
        using var json = JsonDocument.Parse(output);
        return
        [
            .. json.RootElement.GetProperty("attempts").EnumerateArray().Select(a => new Line(
                a.GetProperty("check").GetString()!,
                a.GetProperty("target").GetString()!,
                a.GetProperty("verdict").GetString()!,
                a.GetProperty("detail").GetString()!,
                a.TryGetProperty("remedy", out var remedy) ? remedy.GetString() : null)),
        ];
    }

    internal sealed record Line(string Check, string Target, string Verdict, string Detail, string? Remedy);
}
