using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.LanguageModels;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Tests.Secrets;

namespace IronProxy.Runtime.Tests.LanguageModels;

/// <summary>What is sent to the APIs of language models, and which of their answers are some.</summary>
public sealed class LanguageModelTests
{
    private const string Key = "sk-canary";

    [Fact]
    public async Task Anthropic_is_asked_by_its_Messages_API()
    {
        await using var server = ModelServer.Start(200, """{"type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"},{"type":"text","text":"b"}],"usage":{"input_tokens":12,"output_tokens":3,"other":null}}""");
        Assert.Equal(new ModelAnswer("ab", 12, 3), await AskAsync("anthropic", server));

        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/base/v1/messages"), (request.Method, request.Target));
        Assert.Equal((Key, "2023-06-01", "application/json"), (request.Headers["x-api-key"], request.Headers["anthropic-version"], request.Headers["Content-Type"]));
        Assert.False(request.Headers.ContainsKey("Authorization"));
        Assert.Equal("""{"model":"m","max_tokens":256,"system":"do \"this\" ü","messages":[{"role":"user","content":"{\"a\":\"<b>\"}"}]}""", request.Body);
    }

    [Fact]
    public async Task OpenAI_is_asked_by_its_Chat_Completions_API()
    {
        await using var server = ModelServer.Start(200, """{"choices":[{"message":{"role":"assistant","content":"a"}}],"usage":{"prompt_tokens":12,"completion_tokens":3}}""");
        Assert.Equal(new ModelAnswer("a", 12, 3), await AskAsync("openai", server));

        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/base/v1/chat/completions", $"Bearer {Key}"), (request.Method, request.Target, request.Headers["Authorization"]));
        Assert.False(request.Headers.ContainsKey("x-api-key"));
        Assert.Equal("""{"model":"m","max_completion_tokens":256,"messages":[{"role":"system","content":"do \"this\" ü"},{"role":"user","content":"{\"a\":\"<b>\"}"}]}""", request.Body);
    }

    [Theory]
    [InlineData("openai", """{"choices":[{"message":{"content":null,"refusal":"no"}}]}""", "no", null, null)]
    [InlineData("openai", """{"choices":[{"message":{"content":null}}],"usage":null}""", "", null, null)]
    [InlineData("openai", """{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":-1,"completion_tokens":1.5}}""", "a", null, null)]
    [InlineData("anthropic", """{"content":[],"usage":{"input_tokens":1}}""", "", 1L, null)]
    [InlineData("anthropic", """{"content":[{"type":"text","text":"a"}],"usage":[]}""", "a", null, null)]
    public async Task What_is_not_said_is_left_out(string type, string answer, string text, long? input, long? output)
    {
        await using var server = ModelServer.Start(200, answer);
        Assert.Equal(new ModelAnswer(text, input, output), await AskAsync(type, server));
    }

    [Theory]
    [InlineData("anthropic", 429, "{}", "it answered with status 429")]
    [InlineData("openai", 201, """{"choices":[{"message":{"content":"a"}}]}""", "it answered with status 201")]
    [InlineData("openai", 302, "{}", "it answered with status 302")]
    [InlineData("openai", 200, "", "what it answered is not the API of openai")]
    [InlineData("openai", 200, "canary", "what it answered is not the API of openai")]
    [InlineData("openai", 200, """{"choices":[]}""", "what it answered is not the API of openai")]
    [InlineData("openai", 200, """{"choices":[{"message":{"content":{"a":1}}}]}""", "what it answered is not the API of openai")]
    [InlineData("openai", 200, """{"choices":[{"message":{"content":"\ud800"}}]}""", "what it answered is not the API of openai")]
    [InlineData("openai", 200, """{"content":[{"type":"text","text":"a"}]}""", "what it answered is not the API of openai")]
    [InlineData("anthropic", 200, "[]", "what it answered is not the API of anthropic")]
    [InlineData("anthropic", 200, """{"content":[{"text":"a"}]}""", "what it answered is not the API of anthropic")]
    [InlineData("anthropic", 200, """{"type":"error","error":{"message":"canary"}}""", "what it answered is not the API of anthropic")]
    public async Task What_is_no_answer_of_the_API_is_none_and_is_not_repeated(string type, int status, string body, string problem)
    {
        await using var server = ModelServer.Start(status, body);
        var error = await Assert.ThrowsAsync<ModelUnavailableException>(() => AskAsync(type, server));
        Assert.Equal(problem, error.Message);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_the_end()
    {
        await using var server = ModelServer.Start(200, new string('x', 1024 * 1024 + 1));
        Assert.Equal("it answered more than 1 MiB", (await Assert.ThrowsAsync<ModelUnavailableException>(() => AskAsync("openai", server))).Message);
    }

    [Fact]
    public async Task A_server_that_breaks_off_has_not_answered()
    {
        await using var server = ModelServer.Start(200, "");
        server.Instead = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"canary\"";
        var error = await Assert.ThrowsAsync<ModelUnavailableException>(() => AskAsync("openai", server));
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<ModelAnswer> AskAsync(string type, ModelServer server)
    {
        await using var world = StoreWorld.Create();
        using var metrics = new ProxyMetrics();
        var provider = new JudgeProviderPlan { Type = type, Model = "m", ApiKey = new CredentialPlan { Name = "api_key", Source = new EnvSourcePlan { Var = "KEY", At = new SourcePosition(1, 1) } }, BaseUrl = server.Url + "/base", MaxTokens = 256 };
        return await new LanguageModel(provider, new Live(), world.Http, metrics).AskAsync(new ModelQuestion("do \"this\" ü", """{"a":"<b>"}"""), CancellationToken.None);
    }

    private sealed class Live : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(new SecretValue(Key));
    }
}
