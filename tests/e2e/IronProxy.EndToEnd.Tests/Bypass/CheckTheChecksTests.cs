using System.Globalization;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>
/// Switches off one check at a time, in a build that can, and sees that a case which names the check then fails.
/// eng/check-the-checks.sh makes that build and runs this; the build that ships has no switches.
/// </summary>
public sealed class CheckTheChecksTests
{
    private const int MaxShown = 90;

    [Fact]
    public void The_build_that_ships_cannot_switch_anything_off()
    {
        // Text of an assembly is UTF-16.
        var name = Encoding.Unicode.GetBytes("IRON_CHECK_OFF");
        var assembly = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "IronProxy.Plan.dll"));
        Assert.True(assembly.AsSpan().IndexOf(name) < 0);
    }

    [SkippableFact]
    public async Task Every_check_is_missed_when_it_is_off()
    {
        var table = Environment.GetEnvironmentVariable("IRON_CHECK_TABLE");
        Skip.If(table is null, "eng/check-the-checks.sh runs this, with a build that can leave checks out");

        var cases = BypassCaseReader.ReadAll();
        var rows = new List<string>();
        var unguarded = new List<Check>();
        foreach (var check in Enum.GetValues<Check>())
        {
            var failed = await RunAsync(check, [.. cases.Where(c => c.Check == check)]);
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"{check,-22} {(failed.Count > 0 ? string.Join("; ", failed) : "NOT GUARDED")}"));
            if (failed.Count == 0)
            {
                unguarded.Add(check);
            }
        }

        await File.WriteAllLinesAsync(table!, rows); // Skipped without it.
        Assert.Empty(unguarded);
    }

    /// <summary>Runs cases without a check.</summary>
    /// <returns>The names of those that fail, and how.</returns>
    private static async Task<List<string>> RunAsync(Check check, IReadOnlyList<BypassCase> cases)
    {
        await using var world = new BypassWorld(check.ToString());
        var failed = new List<string>();
        foreach (var @case in cases)
        {
            try
            {
                await BypassRunner.RunAsync(world, @case);
            }
            catch (BypassFailure e)
            {
                var how = e.Message.ReplaceLineEndings(" ");
                failed.Add($"{@case.Name}: {(how.Length > MaxShown ? how[..MaxShown] + "..." : how)}");
            }
        }

        return failed;
    }
}
