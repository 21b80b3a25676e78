using System.Text;
using IronProxy.Runtime.Transforms.Secrets;

namespace IronProxy.Runtime.Tests.Transforms;

public class ByteReplacementTests
{
    [Theory]
    [InlineData("token", "S")]
    [InlineData("a token and a token.", "a S and a S.")]
    [InlineData("tokentoken", "SS")]
    [InlineData("totoken", "toS")]
    public void Every_occurrence_is_replaced(string body, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(ByteReplacement.Replace(Encoding.ASCII.GetBytes(body), "token"u8, "S"u8)!));

    [Fact]
    public void Without_an_occurrence_there_is_nothing_to_send_instead() =>
        Assert.Null(ByteReplacement.Replace("toke"u8, "token"u8, "S"u8));
}
