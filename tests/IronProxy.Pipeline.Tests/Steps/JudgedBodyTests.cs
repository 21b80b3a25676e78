using System.IO.Compression;
using System.Text;

namespace IronProxy.Pipeline.Tests.Steps;

/// <summary>
/// What is judged is what is sent. Most servers do not look at Content-Encoding of requests, and bytes can be one thing with a coding and another without: a comment in the head of gzip, a block of metadata in brotli.
/// </summary>
public sealed class JudgedBodyTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{}}}""";

    [Theory]
    [InlineData("json_rpc", "application/json", Call)]
    [InlineData("mcp", "application/json", Call)]
    [InlineData("graphql", "application/json", """{"query":"{ viewer { login } }"}""")]
    [InlineData("graphql", "application/graphql", "{ viewer { login } }")]
    [InlineData("judge", "text/plain", "some text")]
    public async Task A_body_that_was_judged_without_its_coding_is_sent_without_it(string step, string type, string body)
    {
        var policy = StepCase.All.Single(c => c.Name == step).Policy(matches: true);
        var pipeline = new StepPipeline(policy, StepCase.StepsOf(policy), TimeProvider.System);
        foreach (var coding in (string[])["gzip", "br", "identity", ""])
        {
            var context = Policies.Request(policy, $"https://{StepCase.Host}/bucket/key", [("Content-Type", type), ("Content-Encoding", coding)], new ScriptedBody(Code(body, coding)));

            Assert.Null((await pipeline.RunAsync(context)).Rejection);
            Assert.Null(context.Headers.Find("Content-Encoding"));
            Assert.Equal(body, Encoding.UTF8.GetString(context.Body.InMemory!)); // It was held.
            Assert.Equal(body.Length, context.Body.Length);
        }
    }

    private static byte[] Code(string text, string coding)
    {
        var output = new MemoryStream();
        using (Stream coder = coding switch { "gzip" => new GZipStream(output, CompressionLevel.Fastest, true), "br" => new BrotliStream(output, CompressionLevel.Fastest, true), _ => output })
        {
            coder.Write(Encoding.UTF8.GetBytes(text));
            coder.Flush();
        }

        return output.ToArray();
    }
}
