using IronProxy.Plan;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>The corpus of tests/e2e/bypass: each file is a test.</summary>
public sealed class BypassTests(BypassFixture fixture) : IClassFixture<BypassFixture>
{
    private static readonly Dictionary<string, BypassCase> Cases = BypassCaseReader.ReadAll().ToDictionary(c => c.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Attack_comes_to_nothing(string name)
    {
        var @case = Cases[name];
        var passed = false;
        try
        {
            await BypassRunner.RunAsync(fixture.World, @case);
            passed = true;
        }
        catch (BypassFailure e)
        {
            Assert.Fail($"{name}: {e.Message}\nWhy this case: {@case.Why}");
        }
        finally
        {
            fixture.Score.Add(@case.Category, passed);
        }
    }

    [Fact]
    public void Every_category_has_eight_cases_or_more() =>
        Assert.All(Cases.Values.GroupBy(c => c.Category), g => Assert.True(g.Count() >= 8, $"{g.Key} has {g.Count()} cases"));

    [Fact]
    public void Every_check_has_a_case_that_guards_it() =>
        Assert.Empty(Enum.GetValues<Check>().Except(Cases.Values.Select(c => c.Check).OfType<Check>()));
}
