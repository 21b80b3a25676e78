using System.Text.RegularExpressions;
using IronProxy.Compiler.Values;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Values;

public class Re2TranslatorTests
{
    [Theory]
    [InlineData("^X-Trace-.*$", "X-Trace-Id", "X-Trac")]
    [InlineData("^a$", "a", "a\n")]
    [InlineData(@"^\d+$", "12", "١٢")]
    [InlineData(@"^\w+$", "ab_1", "é")]
    [InlineData(@"^[^\d-]+$", "abc", "a-c")]
    [InlineData(@"^[\D]$", "é", "5")]
    [InlineData(@"^[[:alpha:][:digit:]]+$", "a1", "-")]
    [InlineData(@"^[[:^alpha:]]$", "1", "a")]
    [InlineData(@"^[a-z-[x]]$", "[]", "q")]
    [InlineData(@"^(?P<n>x)+$", "xx", "xy")]
    [InlineData(@"^\Qa.b\E$", "a.b", "axb")]
    [InlineData(@"^a{2,3}$", "aaa", "a")]
    [InlineData(@"^a{,2}$", "a{,2}", "aa")]
    [InlineData(@"^\x41\x{42}\103$", "ABC", "ABCD")]
    [InlineData(@"^[]a]+$", "]a", "b")]
    [InlineData(@"^\pL\p{Lu}$", "aB", "1B")]
    [InlineData(@"^(?U)a+$", "aaa", "b")]
    [InlineData(@"(?m)^b$", "a\nb\nc", "abc")]
    [InlineData("^#x y$", "#x y", "xy")]
    public void Expressions_mean_what_they_mean_in_RE2(string expression, string match, string other)
    {
        var translation = Re2Translator.Translate(expression);
        Assert.Null(translation.Problem);
        var regex = new Regex(translation.Pattern!, HeaderMatcher.Options); // There is no problem.
        Assert.Matches(regex, match);
        Assert.DoesNotMatch(regex, other);
    }

    [Theory]
    [InlineData("a(?=b)", 1, 3)]
    [InlineData("(?<!a)b", 0, 4)]
    [InlineData(@"(a)\1", 3, 2)]
    [InlineData(@"x\Z", 1, 2)]
    [InlineData(@"\p{Greek}", 0, 9)]
    [InlineData("[b-a]", 1, 3)]
    [InlineData("[abc", 0, 1)]
    [InlineData("(ab", 2, 1)]
    [InlineData("ab)", 2, 1)]
    [InlineData("a{1001}", 1, 6)]
    [InlineData(@"a\", 1, 1)]
    [InlineData("(?>a)", 0, 3)]
    [InlineData("[[:nope:]]", 1, 8)]
    public void What_has_no_equal_is_reported_where_it_is(string expression, int at, int length)
    {
        var translation = Re2Translator.Translate(expression);
        Assert.NotNull(translation.Problem);
        Assert.Equal((at, length), (translation.At, translation.Length));
    }

    [Theory]
    [InlineData("a**")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    public void What_neither_engine_takes_is_reported(string expression) => Assert.NotNull(Re2Translator.Translate(expression).Problem);
}
