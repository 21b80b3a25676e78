using System.Text.RegularExpressions;
using IronProxy.Fuzzing.Targets;
using IronProxy.Testing;

namespace IronProxy.Fuzzing.Tests;

/// <summary>
/// A few seconds of fuzzing for each parser, from the committed corpus on. <c>eng/fuzz.sh</c> does it for longer. How many inputs are tried is
/// bounded by their number; the time is there for slow machines.
/// </summary>
public sealed partial class ParserTests(FuzzingFixture fixture) : IClassFixture<FuzzingFixture>
{
    private const string Executions = "100000";

    /// <summary>The smallest parser has more; a map in which nothing is counted has none.</summary>
    private const int FewestEdges = 20;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_parser_holds(string target)
    {
        var result = fixture.Run(target, "--executions", Executions, "--seconds", $"{Patience.Program.TotalSeconds}", "--corpus", RepositoryRoot.Combine("tests", "fuzz-corpus"));

        Assert.True(result.Finding is null, $"{result.Said}\n{Input(result.Finding)}");
        var figures = Figures().Match(result.Said);
        Assert.True(figures.Success, result.Said);
        Assert.Equal(Executions, figures.Groups["executions"].Value);
        Assert.True(int.Parse(figures.Groups["edges"].Value) >= FewestEdges, result.Said);
    }

    [Fact]
    public void Every_folder_of_the_corpus_belongs_to_a_parser_and_every_parser_has_one() =>
        Assert.Equal(
            FuzzTargets.All.Select(t => t.Name).Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(RepositoryRoot.Combine("tests", "fuzz-corpus")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));

    private static string Input(string? file) => file is null ? "" : $"the input, in base64: {Convert.ToBase64String(File.ReadAllBytes(file))}";

    [GeneratedRegex(@": (?<executions>\d+) executions in \d+ s, (?<edges>\d+) edges, \d+ inputs", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Figures();
}
