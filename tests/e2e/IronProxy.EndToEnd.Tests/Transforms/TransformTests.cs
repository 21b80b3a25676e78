using System.IO.Compression;
using System.Text;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>What each transform does to a request, as the upstream and the audit log see it.</summary>
public sealed class TransformTests : IAsyncLifetime, IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: annotate
            config:
              annotations:
                - headers: ["X-Request-Id", "Authorization"]
                  rules: [{ host: "*" }]
          - name: body_capture
            config:
              max_request_body_bytes: 8
          - name: allowlist
            config:
              domains: ["api.example.com", "other.example.com"]
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: FIRST_KEY }
                  allow_plaintext: true
                  inject: { header: "x-api-KEY" }
                  rules: [{ host: "api.example.com", paths: ["/inject"] }]
                - source: { type: env, var: SECOND_KEY }
                  allow_plaintext: true
                  inject: { header: "X-Api-Key" }
                  rules: [{ host: "api.example.com", paths: ["/inject"] }]
                - source: { type: env, var: SECOND_KEY }
                  allow_plaintext: true
                  inject: { header: "authorization", formatter: "Basic {{ base64 \"user:\" .Value }}" }
                  rules: [{ host: "api.example.com", paths: ["/inject"] }]
                - source: { type: env, var: SECOND_KEY }
                  allow_plaintext: true
                  inject: { query_param: "key" }
                  rules: [{ host: "api.example.com", paths: ["/query"] }]
                - source: { type: env, var: JSON_KEY, json_key: "token" }
                  allow_plaintext: true
                  inject: { header: "X-Json" }
                  rules: [{ host: "api.example.com", paths: ["/json"] }]
                - source: { type: file, path: "secret.txt" }
                  allow_plaintext: true
                  replace: { proxy_value: "placeholder-file", match_path: true, match_body: true }
                  rules: [{ host: "api.example.com", paths: ["/file/*"] }]
                - source: { type: env, var: FORM_KEY }
                  allow_plaintext: true
                  replace: { proxy_value: "placeholder-form", match_body: true }
                  rules: [{ host: "api.example.com", paths: ["/form"] }]
          - name: header_allowlist
            config:
              headers: ["X-Kept", "/^X-Also-.*$/"]
              rules: [{ host: "other.example.com" }]
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();
    private GatewayProcess _proxy = null!; // Set before any test runs.

    public async Task InitializeAsync()
    {
        _folder.Write("secret.txt", "real-file-key\n");
        _proxy = await GatewayProcess.StartAsync(
            _folder, Policy, ("FIRST_KEY", "real-first-key"), ("SECOND_KEY", "real second/key"), ("JSON_KEY", """{"token":"real-json-key"}"""),
            ("FORM_KEY", "a+b&scope=\u20ac\""));
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Injected_headers_keep_the_letter_case_of_the_file_and_the_first_of_two_wins()
    {
        var record = await SendAsync("GET", "/inject", "X-API-Key: mine\r\n");
        Assert.Contains("\r\nx-api-KEY: real-first-key\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.Contains("\r\nauthorization: Basic " + Convert.ToBase64String("user:real second/key"u8) + "\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("mine", _upstream.Received, StringComparison.Ordinal);
        Assert.Equal(
            """[{"secret":"FIRST_KEY","locations":["header:X-Api-Key"]},{"secret":"SECOND_KEY","locations":["header:Authorization"]}]""",
            Annotation(record, "secrets", "injected"));
    }

    [Fact]
    public async Task An_injected_parameter_replaces_the_workload_s_in_any_spelling()
    {
        var record = await SendAsync("GET", "/query?a=1&%6Bey=mine&b=2", "");
        Assert.StartsWith("GET /query?a=1&b=2&key=real%20second%2Fkey HTTP/1.1\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.Equal("/query", record.GetProperty("audit").GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_member_of_a_JSON_secret_is_used_alone()
    {
        await SendAsync("GET", "/json", "");
        Assert.Contains("\r\nX-Json: real-json-key\r\n", _upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_from_a_file_is_swapped_in_path_and_body_without_its_line_break()
    {
        var record = await SendAsync("POST", "/file/placeholder-file", "Content-Length: 20\r\n", "a=placeholder-file&b");
        Assert.StartsWith("POST /file/real-file-key HTTP/1.1\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 17\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\na=real-file-key&b", _upstream.Received, StringComparison.Ordinal);
        Assert.Equal("""[{"secret":"secret.txt","locations":["path","body"]}]""", Annotation(record, "secrets", "swapped"));
        Assert.Equal("/file/placeholder-file", record.GetProperty("audit").GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "key=placeholder-form&scope=read", "key=a%2Bb%26scope%3D%E2%82%AC%22&scope=read")]
    [InlineData("application/json", """{"key":"placeholder-form"}""", "{\"key\":\"a+b&scope=\u00e2\u0082\u00ac\\\"\"}")]
    [InlineData("text/plain", "placeholder-form", "a+b&scope=\u00e2\u0082\u00ac\"")]
    public async Task A_secret_stays_one_value_in_a_body(string contentType, string body, string expected)
    {
        await SendAsync("POST", "/form", $"Content-Type: {contentType}\r\nContent-Length: {body.Length}\r\n", body);
        Assert.EndsWith("\r\n\r\n" + expected, _upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_with_bytes_beyond_ASCII_arrives_inside_Basic_credentials_as_they_are()
    {
        var record = await SendAsync("POST", "/form", $"Authorization: Basic {Convert.ToBase64String("user:placeholder-form"u8)}\r\n");
        Assert.Contains($"Authorization: Basic {Convert.ToBase64String("user:a+b&scope=\u20ac\""u8)}\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.Equal("""[{"secret":"FORM_KEY","locations":["header:Authorization"]}]""", Annotation(record, "secrets", "swapped"));
    }

    [Fact]
    public async Task Headers_that_are_not_listed_are_stripped_and_recorded()
    {
        var record = await SendAsync("GET", "/", "X-Kept: 1\r\nx-also-this: 2\r\nX-Gone: 3\r\nCookie: a=b\r\n", host: "other.example.com");
        Assert.Contains("X-Kept: 1\r\n", _upstream.Received, StringComparison.Ordinal);
        Assert.Contains("x-also-this: 2\r\n", _upstream.Received, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("X-Gone", _upstream.Received, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Cookie", _upstream.Received, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("""["Cookie","X-Gone"]""", Annotation(record, "header_allowlist", "stripped_headers"));
    }

    [Fact]
    public async Task Annotated_headers_are_those_that_the_workload_sent()
    {
        var record = await SendAsync("GET", "/inject", "X-Request-Id: 42\r\nAuthorization: Bearer placeholder\r\n");
        Assert.Equal("42", Annotation(record, "annotate", "header:X-Request-Id"));
        Assert.Equal("Bearer placeholder", Annotation(record, "annotate", "header:Authorization"));
    }

    [Fact]
    public async Task A_captured_body_is_cut_before_a_character_that_does_not_fit()
    {
        var body = Encoding.Latin1.GetString("1234567\u00e9 and more"u8);
        var record = await SendAsync("POST", "/", $"Content-Length: {body.Length}\r\n", body);
        Assert.Equal("1234567", Annotation(record, "body_capture", "request_body"));
        Assert.Equal("True", Annotation(record, "body_capture", "request_body_truncated"));
        Assert.EndsWith(" and more", _upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_body_is_captured_unpacked_and_forwarded_packed()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync("hi!"u8.ToArray());
        }

        var body = Encoding.Latin1.GetString(packed.ToArray());
        var record = await SendAsync("POST", "/", $"Content-Encoding: gzip\r\nContent-Length: {body.Length}\r\n", body);
        Assert.Equal("hi!", Annotation(record, "body_capture", "request_body"));
        Assert.EndsWith(body, _upstream.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_body_that_is_not_in_the_coding_that_it_names_is_recorded_all_the_same(string coding)
    {
        var record = await SendAsync("POST", "/", $"Content-Encoding: {coding}\r\nContent-Length: 11\r\n", "hello world");
        Assert.Equal("the body's content coding cannot be read", Annotation(record, "body_capture", "error"));
        Assert.EndsWith("hello world", _upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binary_body_is_captured_as_base64()
    {
        var record = await SendAsync("POST", "/", "Content-Length: 4\r\n", "\u00ff\u00fe\u0000\u0001");
        Assert.Equal("//4AAQ==", Annotation(record, "body_capture", "request_body"));
        Assert.Equal("base64", Annotation(record, "body_capture", "request_body_encoding"));
    }

    [Fact]
    public async Task An_allowlist_in_warn_mode_records_and_lets_through()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, ExampleProxy.Settings + """
            transforms:
              - name: allowlist
                config:
                  warn: true
                  domains: ["other.example.com"]
            """);
        var record = await SendAsync("GET", "/", "", proxy: proxy);
        Assert.Equal("warn", record.GetProperty("level").GetString());
        Assert.Equal("allow", record.GetProperty("audit").GetProperty("action").GetString());
        Assert.Equal("host_not_allowed", Annotation(record, "allowlist", "violation"));
        Assert.StartsWith("GET / HTTP/1.1\r\n", _upstream.Received, StringComparison.Ordinal);
    }

    private static string Annotation(JsonElement record, string step, string name) => record.GetProperty("request_transforms").EnumerateArray()
        .Single(t => t.GetProperty("name").GetString() == step).GetProperty("annotations").GetProperty(name).ToString();

    /// <summary>Sends one request that is let through.</summary>
    /// <returns>Its audit record.</returns>
    private async Task<JsonElement> SendAsync(
        string method, string target, string headers, string body = "", string host = "api.example.com", GatewayProcess? proxy = null)
    {
        proxy ??= _proxy;
        var mark = await proxy.MarkAsync();
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: {host}:{_upstream.Port}\r\n{headers}Connection: close\r\n\r\n{body}");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        return Assert.Single(await proxy.RecordsSinceAsync(mark, 1));
    }
}
