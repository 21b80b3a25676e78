using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Tests.Values;

public class ExpressionSizeTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("a{10}", 10)]
    [InlineData("a{2,10}b", 11)]
    [InlineData("a{7,}", 7)]
    [InlineData("(?:ab){10}c", 21)]
    [InlineData("(?:a{10}b){10}", 110)]
    [InlineData("(?i:a|bc)*", 3)]
    [InlineData(@"[a-z]{5}[^\]x]", 6)]
    [InlineData(@"\p{L}{3}\{2}", 6)]
    [InlineData(@"\u0041\x41\d", 3)]
    [InlineData("^a+$", 1)]
    [InlineData("(?:(?:a{1000}){1000}){1000000}", int.MaxValue)]
    public void Counted_repetitions_multiply(string expression, long size) => Assert.Equal(size, ExpressionSize.Of(expression));
}
