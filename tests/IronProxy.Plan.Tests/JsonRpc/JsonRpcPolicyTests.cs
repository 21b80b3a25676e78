using System.Text;
using System.Text.Json;

namespace IronProxy.Plan.Tests;

/// <summary>Calls are read to the letter, and those of listed methods are allowed.</summary>
public sealed class JsonRpcPolicyTests
{
    private static readonly JsonRpcPolicy Policy = new(
    [
        Entry("eth_blockNumber"),
        Entry("eth_call", Matcher(["0", "to"], "(?i)^0xabc$"), Equal(["1"], "latest")),
        Entry("eth_call", Equal(["1"], "pending")),
        Entry("transfer", Equal(["account", "id"], 7)),
    ]);

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":"a","method":"eth_blockNumber","params":[]}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"eth_blockNumber","params":null}""", true)]
    [InlineData("""{"jsonrpc":"2.0","method":"eth_blockNumber"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{}]}""", false)]
    [InlineData("""{"jsonrpc":"2.0","method":"eth_sendTransaction"}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ETH_BLOCKNUMBER"}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber\u0000"}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":" eth_blockNumber"}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_block\u004eumber"}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xABC"},"latest"]}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xdef"},"pending"]}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xdef"},"latest"]}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0xabc","To":"0xdef"},"latest"]}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call","params":{"0":{"to":"0xabc"},"1":"latest"}}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_call"}""", false)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"transfer","params":{"account":{"id":7}}}""", true)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"transfer","params":{"account":{"id":"7"}}}""", false)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"},{"jsonrpc":"2.0","method":"eth_blockNumber"}]""", true)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"},{"jsonrpc":"2.0","method":"eth_accounts"}]""", false)]
    public void A_call_is_allowed_when_an_entry_of_its_method_allows_it(string body, bool allowed) => Assert.Equal(allowed, Policy.Decide(Encoding.UTF8.GetBytes(body))!.IsAllowed);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[[]]")]
    [InlineData("""{"id":1,"method":"eth_blockNumber"}""")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"eth_blockNumber"}""")]
    [InlineData("""{"jsonrpc":2.0,"id":1,"method":"eth_blockNumber"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"eth_blockNumber"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"eth_blockNumber"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":["eth_blockNumber"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":"x"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","method":"eth_accounts"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","Method":"eth_accounts"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","method\u0000":"eth_accounts"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"\u006dethod":"eth_blockNumber"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","result":1}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":1}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}{"jsonrpc":"2.0","id":1,"method":"eth_accounts"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber",}""")]
    [InlineData("""{"jsonrpc":"2.0",/**/"id":1,"method":"eth_blockNumber"}""")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"},1]""")]
    [InlineData("\uFEFF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""")]
    public void What_is_no_call_to_the_letter_is_malformed(string body) => Assert.Null(Policy.Decide(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Bytes_in_another_encoding_are_malformed()
    {
        const string Call = """{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}""";
        Assert.Null(Policy.Decide(Encoding.Unicode.GetBytes(Call)));
        Assert.Null(Policy.Decide((byte[])[.. Encoding.UTF8.GetBytes(Call[..^1]), .. ",\"x\":\""u8, 0xC0, 0xAF, .. "\"}"u8]));
        Assert.Null(Policy.Decide(Encoding.UTF8.GetBytes(Call[..^1] + ",\"params\":" + new string('[', 70) + new string(']', 70) + "}")));
    }

    [Fact]
    public void A_decision_says_what_was_asked_and_what_failed()
    {
        var decision = Policy.Decide("""[{"jsonrpc":"2.0","id":7,"method":"eth_call","params":[{"to":"0xabc"},"earliest"]},{"jsonrpc":"2.0","method":"x"}]"""u8.ToArray())!;

        Assert.True(decision.IsBatch);
        Assert.Equal([("eth_call", "7"), ("x", null)], decision.Calls.Select(c => (c.Method, c.Id)));
        Assert.Equal(["1", "1"], decision.Calls[0].Entries.Select(e => Assert.Single(e.Failing).Path[^1]));
        Assert.Empty(decision.Calls[1].Entries);
    }

    private static AllowedEntryPlan Entry(string name, params ArgumentMatcherPlan[] when) => new() { Name = name, When = [.. when], At = new SourcePosition(2, 1) };

    private static ArgumentMatcherPlan Matcher(string[] path, string expression) => new() { Path = [.. path], Matches = expression, At = new SourcePosition(3, 1) };

    private static ArgumentMatcherPlan Equal<T>(string[] path, T value) => new() { Path = [.. path], In = [JsonSerializer.SerializeToElement(value)], At = new SourcePosition(3, 1) };
}
