using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>Programs of tests/e2e/judges, which know formats that others have made.</summary>
internal static class Judges
{
    private static string Folder => Repository.Path("tests", "e2e", "judges");

    /// <summary>What a judge says; empty when it finds nothing.</summary>
    public static async Task<string> AskAsync(string judge, params string[] arguments)
    {
        CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Path.Combine(Folder, "node_modules")), "the judges are not installed (npm ci --ignore-scripts in tests/e2e/judges)");
        var (exit, output, error) = await CommandLine.RunAsync("node", [Path.Combine(Folder, judge), .. arguments]);
        Assert.True(exit == 0 || output.Length > 0, $"{judge} failed: {error}");
        return output;
    }
}
