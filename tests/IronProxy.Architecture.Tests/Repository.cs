using System.Diagnostics;

namespace IronProxy.Architecture.Tests;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    public const string SolutionFile = "IronProxy.Deploy.sln";

    private static readonly string[] NotOurs = ["bin", "obj", ".git", "node_modules"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every project that is there, whether the solution knows it or not.</summary>
    public static IReadOnlyList<ProjectFile> Projects { get; } =
        [.. FindProjects(Root).Order(StringComparer.Ordinal).Select(path => ProjectFile.Read(Root, path))];

    /// <summary>Paths of the files under version control, relative to the root.</summary>
    public static IReadOnlyList<string> TrackedFiles()
    {
        var start = new ProcessStartInfo("git", ["ls-files", "-z"]) { WorkingDirectory = Root, RedirectStandardOutput = true };
        using var git = Process.Start(start)!; // Never null: a new process is started.
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"'git ls-files' failed in {Root}: run the tests in a clone.");
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has {SolutionFile}.");
    }

    private static IEnumerable<string> FindProjects(string folder) =>
        Directory.EnumerateFiles(folder, "*.csproj").Concat(
            Directory.EnumerateDirectories(folder)
                .Where(child => !NotOurs.Contains(Path.GetFileName(child)) && new DirectoryInfo(child).LinkTarget is null)
                .SelectMany(FindProjects));
}
