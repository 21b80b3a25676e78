using IronProxy.Fuzzing.Targets;

namespace IronProxy.Fuzzing;

internal static class Program
{
    /// <summary>Exit code when an input showed a fault.</summary>
    public const int Found = 1;

    private const int Misused = 2;

    private const string Usage = """
        usage: IronProxy.Fuzzing run [OPTIONS] [TARGET...]   fuzzes all targets, or those
               IronProxy.Fuzzing list                        prints their names
          --seconds N      how long each target may take (60)
          --executions N   how many inputs each may try
          --seed N         where chance begins (1)
          --corpus DIR     inputs to begin with, a folder for each target
          --update         write the corpus anew, minimised
          --limit N        how many seconds one input may take (60)
          --blind          do without coverage, to see what chance alone finds
          --findings DIR   where inputs that show faults are written (.)
        """;

    private static readonly TimeSpan DefaultTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["list"]:
                FuzzTargets.All.ToList().ForEach(t => Console.WriteLine(t.Name));
                return 0;
            case ["run", .. var rest] when CommandLine.TryRead(rest, out var line) && line.Names.All(n => FuzzTargets.Find(n) is not null):
                return Run(line);
            case ["campaign", var name, .. var rest] when CommandLine.TryRead(rest, out var line) && FuzzTargets.Find(name) is { } target && line["--current"] is { } current:
                return RunCampaign(target, line, current);
            default:
                Console.Error.WriteLine(Usage);
                return Misused;
        }
    }

    private static int Run(CommandLine line)
    {
        using var copy = new InstrumentedCopy();
        var supervisor = new Supervisor(copy, Path.GetFullPath(line["--findings"] ?? "."));
        var status = 0;
        foreach (var name in line.Names.Count > 0 ? line.Names : FuzzTargets.All.Select(t => t.Name))
        {
            var result = supervisor.Run(name, [.. line.Options]);
            Console.WriteLine(result.Finding is null ? result.Said : $"FOUND {name}: {result.Said}\n      the input is in {result.Finding}");
            status = result.Finding is null ? status : Found;
        }

        return status;
    }

    private static int RunCampaign(FuzzTarget target, CommandLine line, string currentPath)
    {
        var options = new CampaignOptions(
            line.Number("--executions") ?? long.MaxValue,
            line.Number("--seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultTime,
            (int)(line.Number("--seed") ?? 1),
            line["--corpus"],
            line.Has("--update"),
            !line.Has("--blind"));
        var limit = line.Number("--limit") is { } limitSeconds ? TimeSpan.FromSeconds(limitSeconds) : DefaultLimit;
        var coverage = new CoverageMap();
        using var current = new CurrentInput(currentPath, limit);
        try
        {
            Console.WriteLine(new Campaign(target, options, coverage, current).Run());
            return 0;
        }
        catch (FindingException e)
        {
            Console.WriteLine(e.Message);
            return Found;
        }
    }
}
