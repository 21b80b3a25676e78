using System.Text;
using IronProxy.Testing;

namespace IronProxy.Fuzzing.Tests;

/// <summary>That faults are found: one for each way in which a parser can fail.</summary>
public sealed class PlantedFaultTests(FuzzingFixture fixture) : IClassFixture<FuzzingFixture>
{
    private static readonly string[] Effort = ["--executions", "2000000", "--seconds", $"{Patience.Program.TotalSeconds}"];

    [Fact]
    public void What_is_behind_six_bytes_is_found_by_coverage()
    {
        var result = fixture.Run("planted-exception", Effort);

        Assert.NotNull(result.Finding);
        Assert.Equal("The magic word is not found", result.Said);
        Assert.Equal([(byte)'I', (byte)'r', (byte)'o', (byte)'n', 0xFE, 0x07], File.ReadAllBytes(result.Finding)[..6]);
    }

    /// <summary>The same effort without coverage: it is coverage that found it.</summary>
    [Fact]
    public void What_is_behind_six_bytes_is_not_found_by_chance() =>
        Assert.Null(fixture.Run("planted-exception", [.. Effort, "--blind"]).Finding);

    [Theory]
    [InlineData("planted-loop", "it took too long", "--limit", "2")]
    [InlineData("planted-overflow", "the process ended with status")]
    [InlineData("planted-allocation", "bytes were allocated")]
    [InlineData("planted-cut", "It is read alike when it is cut")]
    public void What_else_can_go_wrong_is_found(string target, string expected, params string[] options)
    {
        var result = fixture.Run(target, [.. Effort, .. options]);

        Assert.NotNull(result.Finding);
        Assert.Contains(expected, result.Said, StringComparison.Ordinal);
        Assert.Contains("Ir", Encoding.Latin1.GetString(File.ReadAllBytes(result.Finding)), StringComparison.Ordinal);
    }
}
