using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>Requests that are explained by the policy that runs.</summary>
public sealed class ExplainTests : IDisposable
{
    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("GET https://api.example.com/a?b=c", "Authorization: placeholder-key")]
    [InlineData("POST http://api.example.com:8080/a", "X-Other: placeholder-key")]
    [InlineData("GET https://denied.test/", null)]
    [InlineData("GET https://api.example.com/a%2fb/..%2f", null)]
    [InlineData("get https://api.example.com/", null)]
    [InlineData("GET api.example.com", "Host: other.test")]
    [InlineData("CONNECT api.example.com:443", null)]
    [InlineData("CONNECT denied.test:443", null)]
    public async Task The_answer_is_that_of_ironc_about_the_same_plan(string request, string? header)
    {
        var plan = _folder.Compile(ManagedProxy.Policy("api"));
        await using var proxy = await GatewayProcess.StartWithAsync(_folder, ["-plan", plan], ManagedProxy.Environment);
        var (method, url) = (request.Split(' ')[0], request.Split(' ')[1]);
        var headers = header is null ? "" : $$""","headers":["{{header}}"]""";

        var answer = await AskAsync(proxy, $$"""{"method":"{{method}}","url":"{{url}}"{{headers}}}""");

        Assert.Equal(200, answer.Status);
        if (url.Contains("://", StringComparison.Ordinal) || method == "CONNECT")
        {
            var (exit, output, error) = await CommandLine.RunAsync(ProxyBinaries.Ironc, ["explain", plan, "--json", "--request", request, .. header is null ? (string[])[] : ["--header", header]]);
            Assert.Equal((exit, ""), (answer.Json.GetProperty("verdict").GetProperty("allowed").GetBoolean() ? 0 : 1, error));
            Assert.Equal(output, answer.Body);
        }

        await proxy.FenceAsync();
        Assert.Empty(proxy.Records);
    }

    [SkippableFact]
    public async Task Secrets_are_named_and_nothing_else_of_them_or_of_the_question_is_told()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var answer = await AskAsync(proxy, """{"method":"POST","url":"http://api.example.com/?q=of-the-query","headers":["Authorization: placeholder-key","X-Own: of-the-header"],"body":"of-the-body"}""");

        var secret = answer.Json.GetProperty("steps")[1].GetProperty("secrets")[0];
        Assert.Equal(("API_KEY", "header:Authorization"), (secret.GetProperty("name").GetString(), secret.GetProperty("locations")[0].GetString()));
        Assert.Equal("of-the-body".Length, answer.Json.GetProperty("request").GetProperty("bodyBytes").GetInt32());
        foreach (var hidden in new[] { "the-real-key", "placeholder-key", "of-the-query", "of-the-header", "of-the-body" })
        {
            Assert.DoesNotContain(hidden, answer.Body + proxy.Output, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task A_path_that_a_header_names_is_not_told()
    {
        var policy = ManagedProxy.Policy("api").Replace("domains: [\"api.example.com\"]", "rules: [{ host: api.example.com, paths: [/open] }]", StringComparison.Ordinal);
        await using var proxy = await GatewayProcess.StartAsync(_folder, policy, ManagedProxy.Environment);
        var answer = await AskAsync(proxy, """{"method":"GET","url":"http://api.example.com/open","headers":["X-Original-URL: /of-the-header"]}""");

        var verdict = answer.Json.GetProperty("verdict");
        Assert.Equal(("ambiguous_override", false), (verdict.GetProperty("reason").GetString(), verdict.TryGetProperty("reading", out _)));
        Assert.DoesNotContain("of-the-header", answer.Body + proxy.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task After_a_reload_the_new_policy_answers()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        const string Question = """{"method":"GET","url":"http://api.example.com/"}""";
        Assert.True(Allowed(await AskAsync(proxy, Question)));

        _folder.Compile(ManagedProxy.Policy("other"));
        Assert.Equal(200, (await ManagedProxy.ReloadAsync(proxy)).Status);
        Assert.False(Allowed(await AskAsync(proxy, Question)));

        static bool Allowed(ApiAnswer answer) => answer.Json.GetProperty("verdict").GetProperty("allowed").GetBoolean();
    }

    [SkippableTheory]
    [InlineData("", "is no question")]
    [InlineData("null", "it is null")]
    [InlineData("[]", "is no question (at $)")]
    [InlineData("""{"method":"GET"}""", "is no question")]
    [InlineData("""{"method":null,"url":"http://a.test/"}""", "is no question")]
    [InlineData("""{"method":"GET","url":7}""", "(at $.url)")]
    [InlineData("""{"method":"GET","url":"http://a.test/","header":[]}""", "is no question")]
    [InlineData("""{"method":"GET","method":"POST","url":"http://a.test/"}""", "is no question")]
    [InlineData("""{"method":"GET","url":"http://a.test/"} {}""", "is no question")]
    [InlineData("""{"method":"GET","url":"http://a.test/","headers":["A: b","hunter2"]}""", "headers[1] is no header")]
    [InlineData("""{"method":"GET","url":"http://a.test/","headers":[null]}""", "headers[0] is no header")]
    public async Task What_is_no_question_is_said_to_be_none(string body, string sentence)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var answer = await AskAsync(proxy, body);

        Assert.Equal((400, "invalid_request"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        Assert.Contains(sentence, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", answer.Body, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_question_is_bounded_whether_its_length_is_announced_or_not()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), ManagedProxy.Environment);
        var large = _folder.Write("large", $$"""{"method":"GET","url":"http://a.test/","body":"{{new string('x', 100_000)}}"}""");
        foreach (var coding in new[] { "Expect:", "Transfer-Encoding: chunked" })
        {
            var answer = await ManagedProxy.CurlAsync(proxy, "/v1/explain", "-H", $"Authorization: Bearer {ManagedProxy.Key}", "-H", "Expect:", "-H", coding, "--data-binary", "@" + large);
            Assert.Equal((413, "body_too_large"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        }

        Assert.Equal(405, (await ManagedProxy.CallAsync(proxy, "GET", "/v1/explain")).Status);
    }

    private static Task<ApiAnswer> AskAsync(GatewayProcess proxy, string body) =>
        ManagedProxy.CurlAsync(proxy, "/v1/explain", "-H", $"Authorization: Bearer {ManagedProxy.Key}", "--data-binary", body);
}
