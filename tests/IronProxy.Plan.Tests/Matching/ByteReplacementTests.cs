using System.Text;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Matching;

public sealed class ByteReplacementTests
{
    [Theory]
    [InlineData("token", "S")]
    [InlineData("a token and a token.", "a S and a S.")]
    [InlineData("tokentoken", "SS")]
    [InlineData("totoken", "toS")]
    [InlineData("toke", "toke")]
    [InlineData("", "")]
    public void Every_occurrence_is_replaced(string body, string expected) => Replaces(body, ["token"], expected);

    [Theory]
    [InlineData("a%20b a b a+b", "S S S")]
    [InlineData("a ba+ba%20b", "SSS")]
    [InlineData("a%2", "a%2")]
    public void Each_spelling_is_replaced_in_one_pass(string body, string expected) => Replaces(body, ["a b", "a%20b", "a+b"], expected);

    [Theory]
    [InlineData("token", "token-1")]
    [InlineData("token-1", "token")]
    public void Of_two_spellings_at_one_place_the_longer_is_replaced(string one, string other) => Replaces("token-1 token", [one, other], "S S");

    private static void Replaces(string body, string[] spellings, string expected)
    {
        var (bytes, old) = (Encoding.ASCII.GetBytes(body), spellings.Select(Encoding.ASCII.GetBytes).ToArray());

        Assert.Equal(expected, Encoding.ASCII.GetString(ByteReplacement.Replace(bytes, old, "S"u8)));
        Assert.Equal(expected.Length, ByteReplacement.LengthAfter(bytes, old, 1));
        Assert.Equal(expected.Count(c => c == 'S'), ByteReplacement.Count(bytes, old));
    }
}
