namespace IronProxy.Architecture.Tests;

public sealed class SolutionTests
{
    private static readonly HashSet<string> InSolution =
    [
        .. File.ReadLines(Path.Combine(Repository.Root, Repository.SolutionFile))
            .Where(line => line.StartsWith("Project(", StringComparison.Ordinal))
            .Select(line => line.Split('"')[5].Replace('\\', '/'))
            .Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Every_project_is_in_the_solution() =>
        Violations.AssertNone(
            Repository.Projects.Where(p => !InSolution.Contains(p.Path))
                .Select(p => $"{p.Path}: not in {Repository.SolutionFile}, so nobody builds or tests it; run 'dotnet sln add {p.Path}'."));

    [Fact]
    public void Every_project_of_the_solution_exists() =>
        Violations.AssertNone(
            InSolution.Except(Repository.Projects.Select(p => p.Path))
                .Select(path => $"{Repository.SolutionFile}: {path} does not exist; run 'dotnet sln remove {path}'."));
}
