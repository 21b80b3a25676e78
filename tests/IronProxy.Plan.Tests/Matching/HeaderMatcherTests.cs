using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Matching;

public sealed class HeaderMatcherTests
{
    private static readonly HeaderMatcher Matcher = new(
        [new HeaderPatternPlan { Name = "X-Api-Key", At = default }, new HeaderPatternPlan { Regex = "^X-Amz-", At = default }, new HeaderPatternPlan { Regex = "trace$", At = default }]);

    [Theory]
    [InlineData("x-api-key", true)]
    [InlineData("X-API-KEY", true)]
    [InlineData("X-Api-Key2", false)]
    [InlineData("x-amz-date", true)]
    [InlineData("My-X-Amz-Date", false)]
    [InlineData("B3-TRACE", true)]
    [InlineData("Trace-Id", false)]
    public void Names_and_expressions_match_without_regard_to_case(string header, bool expected) =>
        Assert.Equal(expected, Matcher.Matches(header));

    [Fact]
    public void An_empty_list_says_that_it_is_empty_and_matches_nothing()
    {
        var empty = new HeaderMatcher([]);

        Assert.True(empty.IsEmpty);
        Assert.False(empty.Matches("Host"));
        Assert.False(Matcher.IsEmpty);
    }

    /// <summary>The compiler lets none of them through; another writer of plans might.</summary>
    [Theory]
    [InlineData("[x")]
    [InlineData("(a)\\1")]
    public void An_expression_that_cannot_be_used_is_a_fault_of_the_plan(string expression) =>
        Assert.Throws<PlanException>(() => new HeaderMatcher([new HeaderPatternPlan { Regex = expression, At = default }]));
}
