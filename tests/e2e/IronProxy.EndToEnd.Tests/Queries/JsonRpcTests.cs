namespace IronProxy.EndToEnd.Tests.Queries;

/// <summary>A client of Ethereum and a server of JSON-RPC, with the proxy between them.</summary>
public sealed class JsonRpcTests(QueriesWorld world) : IClassFixture<QueriesWorld>
{
    [SkippableFact]
    public async Task A_client_of_Ethereum_calls_what_is_listed_and_the_node_hears_of_nothing_else()
    {
        Assert.Equal(
            [
                "chain 1",
                "block 16",
                "call a",
                "call elsewhere error -32004 not for this agent",
                "send error -32004 not for this agent",
                "batch 1,16",
                "denied batch not for this agent,not for this agent",
            ],
            await world.RunAsync("rpc.mjs", "rpc"));
        Assert.Equal(["saw call eth_chainId", "saw call eth_blockNumber", "saw call eth_call", "saw call eth_chainId", "saw call eth_blockNumber"], await world.SeenAsync(5));

        await world.Proxy.FenceAsync();
        var steps = world.Proxy.Records.SelectMany(r => r.GetProperty("request_transforms").EnumerateArray()).Where(t => t.GetProperty("name").GetString() == "json_rpc" && t.TryGetProperty("annotations", out _))
            .Select(t => t.GetProperty("annotations").GetRawText()).ToArray();
        Assert.Contains("""{"name":"node","methods":["eth_call"]}""", steps);
        Assert.Contains("""{"name":"node","methods":["eth_sendRawTransaction"],"denied":["eth_sendRawTransaction"]}""", steps);
        Assert.Contains("""{"name":"node","methods":["eth_chainId","eth_getBalance"],"denied":["eth_getBalance"]}""", steps);
    }
}
