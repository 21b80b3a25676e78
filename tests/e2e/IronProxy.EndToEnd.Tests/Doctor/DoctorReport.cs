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

    /// <summary>
    /// Asserts that a deployment holds and is of use: no hole, what is allowed works, what is not gets the proxy's denial, and nothing
    /// has arrived outside, whatever doctor saw of it.
    /// </summary>
    /// <param name="arrivals">What has arrived since the attack began: see <c>OutsideWorld.Arrivals</c>.</param>
    public void AssertHeld(IEnumerable<string> arrivals)
    {
        Assert.True(ExitCode == 0 && !Of("hole").Any() && !Of("broken").Any(), ToString());
        Assert.Contains(Of("works"), l => l.Check == "allowed" && l.Detail == "HTTP 200");
        Assert.All(Lines.Where(l => l.Check == "denied"), l => Assert.StartsWith("iron-proxy answers 403", l.Detail, StringComparison.Ordinal));
        Assert.Contains(Lines, l => l.Check == "denied");
        Assert.Empty(arrivals);
    }

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
