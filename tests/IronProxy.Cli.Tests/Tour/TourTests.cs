using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Tour;

/// <summary>
/// Runs docs/tour.md in an empty folder, with the ironc that was built and the files of docs/tour. What the commands print must
/// be what the page shows; UPDATE_SNAPSHOTS=1 puts it in.
/// </summary>
public sealed class TourTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_commands_of_the_tour_print_what_the_page_shows()
    {
        foreach (var file in Directory.GetFiles(RepositoryRoot.Combine("docs", "tour")))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)));
        }

        var path = RepositoryRoot.Combine("docs", "tour.md");
        var commands = new List<string>();
        var page = new ConsolePage(File.ReadAllText(path)).Replay((name, content) => _folder.Write(name, content), command =>
        {
            commands.Add(command);
            return Run(command);
        });

        ApprovedFile.Verify(path, page);
        Assert.All(
            (string[])["validate", "learn", "replay", "prove", "diff", "explain", "fmt", "test"],
            name => Assert.Contains(commands, c => c.StartsWith($"ironc {name} ", StringComparison.Ordinal)));
    }

    private string Run(string command)
    {
        // One stream, as in a terminal: what went where is no longer told apart.
        var start = new ProcessStartInfo("sh", ["-c", $"exec 2>&1\n{command}"]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!; // A new process is started, so there is one.
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience.Program))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{command}' did not end.");
        }

        return output.GetAwaiter().GetResult() + (process.ExitCode == 0 ? "" : $"[exit status {process.ExitCode}]\n");
    }
}
