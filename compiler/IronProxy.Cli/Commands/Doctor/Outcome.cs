namespace IronProxy.Cli.Commands.Doctor;

/// <summary>A verdict and what it rests on. Never holds a value of a secret.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Detail">What was seen, for people.</param>
/// <param name="Remedy">What closes the hole, or mends what is broken. Null for all else.</param>
internal sealed record Outcome(ProbeResult Verdict, string Detail, string? Remedy = null)
{
    public static Outcome Closed(string detail) => new(ProbeResult.Closed, detail);

    public static Outcome Works(string detail) => new(ProbeResult.Works, detail);

    public static Outcome Hole(string detail, string remedy) => new(ProbeResult.Hole, detail, remedy);

    public static Outcome Broken(string detail, string remedy) => new(ProbeResult.Broken, detail, remedy);

    public static Outcome Note(string detail) => new(ProbeResult.Note, detail);

    public static Outcome Skipped(string why) => new(ProbeResult.Skipped, why);
}
