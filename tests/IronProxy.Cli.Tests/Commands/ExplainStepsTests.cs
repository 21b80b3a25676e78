using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

/// <summary>What explain says of each transform, of bodies and of tool calls.</summary>
public sealed class ExplainStepsTests : IDisposable
{
    private const string Tls = "tls: {ca_cert: ca.crt, ca_key: ca.key}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("DELETE https://api.github.com/repos/x", "method", "the method were GET or POST")]
    [InlineData("GET https://api.github.com/user", "path", "the path were /repos/*")]
    [InlineData("GET http://api.github.com/repos/x", "port,scheme", "the port were 443 and the scheme https")]
    [InlineData("PUT https://api.github.com/user", "method,path", "the method were GET or POST and the path /repos/*")]
    [InlineData("GET https://api.github.org/repos/x", "host", "the host were api.github.com")]
    [InlineData("GET https://11.0.0.1/", "host", "the host were 10.0.0.0/8")]
    [InlineData("GET https://pai.github.com/repos/x", "host", "the host were api.github.com")]
    [InlineData("CONNECT api.github.com:22", "port", "the port were 443")]
    public async Task A_denial_names_the_rule_that_comes_nearest(string request, string differs, string condition)
    {
        const string Policy = Tls + """
            transforms:
              - name: allowlist
                config:
                  cidrs: [10.0.0.0/8]
                  rules:
                    - {host: api.github.com, methods: [POST, GET], paths: ["/repos/*"], ports: [443], schemes: [https]}
                    - {host: api.github.com, methods: [PATCH], paths: ["/gists/*"], ports: [443], schemes: [https]}
            """;

        var nearest = (await Json(Policy, request)).GetProperty("verdict").GetProperty("nearest");
        var text = await Text(Policy, request);

        Assert.Equal(differs.Split(','), nearest.GetProperty("differs").EnumerateArray().Select(d => d.GetString()));
        Assert.Contains($" would match if {condition}\n", text.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unsupported_expectation", "Expect: foo")]
    [InlineData("unsupported_transfer_coding", "Transfer-Encoding: gzip")]
    [InlineData("unsupported_transfer_coding", "Transfer-Encoding: xchunked")]
    [InlineData("unsupported_transfer_coding", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")]
    [InlineData("ambiguous_framing", "Transfer-Encoding: chunked", "Content-Length: 5")]
    [InlineData("malformed_request", "Host: a.test", "Host: a.test")]
    public async Task What_the_door_refuses_is_refused(string reason, params string[] headers)
    {
        const string Policy = Tls + "transforms: [{name: allowlist, config: {domains: [a.test]}}]\n";

        var verdict = (await Json(Policy, "POST https://a.test/", [.. headers.SelectMany(h => (string[])["--header", h])])).GetProperty("verdict");

        Assert.Equal(reason, verdict.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task So_is_a_head_that_is_too_large()
    {
        const string Policy = Tls + "transforms: [{name: allowlist, config: {domains: [a.test]}}]\n";
        string[] many = [.. Enumerable.Range(0, 199).SelectMany(i => (string[])["--header", $"X-{i}: 1"])];

        Assert.True((await Json(Policy, "GET https://a.test/", many)).GetProperty("verdict").GetProperty("allowed").GetBoolean());
        foreach (var headers in (string[][])[[.. many, "--header", "X-More: 1"], ["--header", $"{new string('x', 257)}: 1"], ["--header", $"X-Long: {new string('x', 65537)}"]])
        {
            Assert.Equal("head_too_large", (await Json(Policy, "GET https://a.test/", headers)).GetProperty("verdict").GetProperty("reason").GetString());
        }
    }

    /// <summary>It belongs to the connection of the client, and a server behind the proxy never sees it.</summary>
    [Fact]
    public async Task A_placeholder_in_a_header_that_Connection_names_is_not_there()
    {
        const string Policy = Tls + """
            transforms:
              - {name: allowlist, config: {domains: [a.test]}}
              - name: secrets
                config: {secrets: [{source: {type: env, var: KEY}, replace: {proxy_value: placeholder-1, match_headers: [X-Internal], require: true}, rules: [{host: a.test}]}]}
            """;

        var sent = (await Json(Policy, "GET https://a.test/", "--header", "X-Internal: placeholder-1")).GetProperty("verdict");
        var kept = (await Json(Policy, "GET https://a.test/", "--header", "X-Internal: placeholder-1", "--header", "Connection: x-internal")).GetProperty("verdict");

        Assert.True(sent.GetProperty("allowed").GetBoolean());
        Assert.Equal("secret_required", kept.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Sources_give_the_place_and_lines_of_every_rule_that_is_named()
    {
        var json = await Json(Tls + """
            transforms:
              - name: allowlist
                config:
                  rules:
                    - host: a.test
                      methods:
                        - GET
                        - POST
              - name: annotate
                config: {annotations: [{headers: [X-Id], rules: [{host: b.test}]}]}
            """, "GET https://a.test/");

        var rule = json.GetProperty("sources").GetProperty(json.GetProperty("steps")[0].GetProperty("rule").GetString()!);
        Assert.Equal("transforms[0].config.rules[0]", rule.GetProperty("place").GetString());
        Assert.Equal(["        - host: a.test", "          methods:", "            - GET", "            - POST"], Strings(rule.GetProperty("lines")));
        var nearest = json.GetProperty("steps")[1].GetProperty("nearest").GetProperty("at").GetString()!;
        Assert.Equal("transforms[1].config.annotations[0].rules[0]", json.GetProperty("sources").GetProperty(nearest).GetProperty("place").GetString());
    }

    [Fact]
    public async Task The_host_class_names_the_patterns_of_the_host()
    {
        var hostClass = (await Json(Tls + """
            transforms:
              - name: allowlist
                config: {domains: [a.test, "*.a.test", "x?.a.test"], cidrs: [10.0.0.0/8]}
            """, "GET https://x1.a.test/")).GetProperty("hostClass");

        Assert.Equal(["*.a.test", "x?.a.test"], Strings(hostClass.GetProperty("patterns")));
        Assert.Empty(Strings(hostClass.GetProperty("networks")));
    }

    private const string Oauth = """
        transforms:
          - name: allowlist
            config: {domains: ["*.example.com"]}
          - name: oauth_token
            config:
              tokens:
                - grant: client_credentials
                  client_id: {type: env, var: CLIENT_ID}
                  client_secret: {type: file, path: run/client-secret}
                  token_endpoint: "https://login.example.com/token"
                  header: X-Auth
                  value_prefix: "Token "
                  require_stub: true
                  rules: [{host: api.example.com, paths: ["/v1/*"]}]
                - grant: refresh_token
                  refresh_token: {type: env, var: REFRESH}
                  client_id: {type: env, var: CLIENT_ID}
                  token_endpoint: "https://login.example.com/other"
                  rules: [{host: api.example.com}]
          - name: header_allowlist
            config: {headers: [Accept, X-Auth]}
        """;

    [Fact]
    public async Task The_first_entry_for_a_token_is_used_and_says_what_it_sets()
    {
        var json = await Json(Tls + Oauth, "GET https://api.example.com/v1/x", "-H", "x-auth: token iron-proxy-stub-token");

        var entry = Assert.Single(json.GetProperty("steps")[1].GetProperty("credentials").EnumerateArray());
        Assert.Equal("client_credentials", entry.GetProperty("kind").GetString());
        Assert.Equal(["CLIENT_ID", "client-secret"], Strings(entry.GetProperty("uses")));
        Assert.Equal("https://login.example.com/token", entry.GetProperty("tokenEndpoint").GetString());
        var header = Assert.Single(entry.GetProperty("sets").EnumerateArray());
        Assert.Equal("header:X-Auth", header.GetProperty("place").GetString());
        Assert.Equal("Token {access token}", header.GetProperty("value").GetString());
        Assert.Empty(Strings(json.GetProperty("steps")[2].GetProperty("strips")));
    }

    [Fact]
    public async Task A_header_that_a_step_sets_is_subject_to_the_header_allowlist_behind_it()
    {
        var json = await Json(Tls + Oauth, "GET https://api.example.com/v2");

        var entries = json.GetProperty("steps")[1].GetProperty("credentials");
        Assert.False(entries[0].GetProperty("inScope").GetBoolean());
        Assert.Equal("path", entries[0].GetProperty("nearest").GetProperty("differs")[0].GetString());
        Assert.Equal("refresh_token", entries[1].GetProperty("kind").GetString());
        Assert.Equal(["Authorization"], Strings(json.GetProperty("steps")[2].GetProperty("strips")));
    }

    [Theory]
    [InlineData("GET https://api.example.com/v1/x", "token_required")]
    [InlineData("GET http://api.example.com/v2", "secret_over_plaintext")]
    public async Task A_token_is_refused_to_requests_that_must_not_have_it(string request, string reason)
    {
        var json = await Json(Tls + Oauth, request);

        Assert.Equal(reason, json.GetProperty("verdict").GetProperty("reason").GetString());
        Assert.Equal("oauth_token", json.GetProperty("verdict").GetProperty("step").GetString());
        Assert.Equal(["continue", "reject", "not_reached"], Outcomes(json));
    }

    [Theory]
    [InlineData("", "without one the request is refused")]
    [InlineData("          require: false\n", "without one the request goes on as it was sent")]
    public async Task What_becomes_of_a_request_without_a_token_is_said(string require, string said)
    {
        const string Last = "          token_endpoint: \"https://login.example.com/other\"\n";
        Assert.Contains(Last, Oauth, StringComparison.Ordinal);
        var policy = Tls + Oauth.Replace(Last, Last + require, StringComparison.Ordinal);
        var run = await Text(policy, "GET https://api.example.com/v2");
        var json = await Json(policy, "GET https://api.example.com/v2");

        Assert.Contains(said, run.Out, StringComparison.Ordinal);
        Assert.Equal(require.Length > 0, json.GetProperty("steps")[1].GetProperty("credentials")[1].TryGetProperty("goesWithout", out _));
    }

    [Fact]
    public async Task Requests_to_the_token_endpoint_are_answered_with_the_stub()
    {
        var run = await Text(Tls + Oauth, "POST https://login.example.com/token");
        var json = await Json(Tls + Oauth, "POST https://login.example.com/token");

        Assert.Equal(0, run.Exit);
        Assert.Contains("verdict: answered here by oauth_token", run.Out, StringComparison.Ordinal);
        Assert.True(json.GetProperty("verdict").GetProperty("stub").GetBoolean());
        Assert.Equal(["continue", "stub", "not_reached"], Outcomes(json));
    }

    [Fact]
    public async Task Tokens_of_Google_are_set_and_the_first_step_for_a_header_wins()
    {
        const string Policy = Tls + """
            transforms:
              - name: allowlist
                config: {domains: ["*.googleapis.com", metadata.google.internal, app.example.com]}
              - name: gcp_auth
                config: {credentials_provider: {type: workload_identity}, scopes: [a], rules: [{host: "*.googleapis.com"}]}
              - name: gcp_auth
                config: {keyfile_path: other.json, scopes: [b], rules: [{host: storage.googleapis.com}]}
              - name: gcp_id_token
                config: {keyfile_path: gcp.json, audience: aud, header: X-Serverless-Authorization, rules: [{host: app.example.com}]}
            """;

        var storage = (await Json(Policy, "GET https://storage.googleapis.com/b")).GetProperty("steps");
        Assert.Equal("Bearer {access token}", storage[1].GetProperty("credentials")[0].GetProperty("sets")[0].GetProperty("value").GetString());
        Assert.Equal(["workload_identity"], Strings(storage[1].GetProperty("credentials")[0].GetProperty("uses")));
        Assert.Empty(storage[2].GetProperty("credentials")[0].GetProperty("sets").EnumerateArray());
        Assert.Contains("an earlier entry has set the same place", (await Text(Policy, "GET https://storage.googleapis.com/b")).Out, StringComparison.Ordinal);

        var app = (await Json(Policy, "GET https://app.example.com/")).GetProperty("steps")[3].GetProperty("credentials")[0];
        Assert.Equal("header:X-Serverless-Authorization", app.GetProperty("sets")[0].GetProperty("place").GetString());
        Assert.Equal("Bearer {identity token}", app.GetProperty("sets")[0].GetProperty("value").GetString());

        var metadata = await Json(Policy, "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token");
        Assert.Equal(["continue", "stub", "not_reached", "not_reached"], Outcomes(metadata));
    }

    [Fact]
    public async Task A_token_of_GitHub_has_the_form_that_the_request_reads()
    {
        const string Policy = Tls + """
            transforms:
              - name: allowlist
                config: {domains: [api.github.com, github.com]}
              - name: github_app
                config: {client_id: a, private_key: {type: env, var: APP_KEY}, owner: o, permissions: {contents: read}, rules: [{host: api.github.com}, {host: github.com}]}
            """;

        var api = (await Json(Policy, "GET https://api.github.com/repos/o/r")).GetProperty("steps")[1].GetProperty("credentials")[0];
        Assert.Equal(("Bearer {installation token}", "APP_KEY"), (api.GetProperty("sets")[0].GetProperty("value").GetString(), Strings(api.GetProperty("uses")).Single()));
        Assert.Contains("with a token from https://api.github.com; without one the request is refused", (await Text(Policy, "GET https://api.github.com/repos/o/r")).Out, StringComparison.Ordinal);

        var git = (await Json(Policy, "GET https://github.com/o/r.git/info/refs?service=git-upload-pack")).GetProperty("steps")[1].GetProperty("credentials")[0];
        Assert.Equal("Basic base64(x-access-token:{installation token})", git.GetProperty("sets")[0].GetProperty("value").GetString());

        Assert.Equal(["continue", "stub"], Outcomes(await Json(Policy, "POST https://api.github.com/app/installations/1/access_tokens")));
        Assert.Equal(["continue", "stub"], Outcomes(await Json(Policy, "DELETE https://api.github.com/installation/token")));
    }

    [Fact]
    public async Task A_token_of_Azure_is_set_and_a_workload_that_asks_for_one_is_answered()
    {
        const string Policy = Tls + """
            transforms:
              - name: allowlist
                config: {domains: [management.azure.com, login.microsoftonline.com], cidrs: ["169.254.169.254/32"]}
              - name: azure_auth
                config: {tenant_id: a.test, client_id: 00001111-aaaa-2222-bbbb-3333cccc4444, client_secret: {type: env, var: SECRET}, scope: "https://management.azure.com/.default", rules: [{host: management.azure.com}]}
            """;

        var entry = (await Json(Policy, "GET https://management.azure.com/subscriptions")).GetProperty("steps")[1].GetProperty("credentials")[0];
        Assert.Equal(("Bearer {access token}", "SECRET"), (entry.GetProperty("sets")[0].GetProperty("value").GetString(), Strings(entry.GetProperty("uses")).Single()));
        Assert.Contains("with a token from https://login.microsoftonline.com/a.test/oauth2/v2.0/token; without one the request is refused", (await Text(Policy, "GET https://management.azure.com/subscriptions")).Out, StringComparison.Ordinal);

        Assert.Equal(["continue", "stub"], Outcomes(await Json(Policy, "POST https://login.microsoftonline.com/other.test/oauth2/v2.0/token")));
        Assert.Equal(["continue", "stub"], Outcomes(await Json(Policy, "GET http://169.254.169.254/metadata/identity/oauth2/token?resource=a")));
        Assert.Equal(["continue", "stub"], Outcomes(await Json(Policy, "GET http://169.254.169.254/metadata/instance")));
    }

    private const string Aws = """
        transforms:
          - name: allowlist
            config: {domains: ["*.amazonaws.com"]}
          - name: aws_auth
            config:
              access_key_id: {type: env, var: AWS_KEY}
              secret_access_key: {type: env, var: AWS_SECRET}
              allowed_regions: [us-east-1]
              allowed_services: [s3]
              rules: [{host: "*.amazonaws.com"}]
        proxy: {max_request_body_bytes: 16}
        """;

    [Fact]
    public async Task A_request_of_an_AWS_SDK_is_signed_again()
    {
        var json = await Json(
            Tls + Aws, "GET https://b.s3.amazonaws.com/k", "-H", "X-Amz-Date: 1",
            "-H", "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, Signature=0");

        var entry = json.GetProperty("steps")[1].GetProperty("credentials")[0];
        Assert.Equal(["AWS_KEY", "AWS_SECRET"], Strings(entry.GetProperty("uses")));
        Assert.Equal(["header:Authorization", "header:X-Amz-Date", "header:X-Amz-Content-Sha256"], entry.GetProperty("sets").EnumerateArray().Select(h => h.GetProperty("place").GetString()));
        Assert.Equal(["Authorization", "X-Amz-Date"], Strings(entry.GetProperty("removes")));
        Assert.Equal("s3 us-east-1", $"{entry.GetProperty("service").GetString()} {entry.GetProperty("region").GetString()}");
    }

    [Theory]
    [InlineData("us-east-1/iam", "abc", null, "service_not_allowed")]
    [InlineData("eu-west-1/s3", "abc", null, "region_not_allowed")]
    [InlineData("us-east-1/s3", "more than sixteen", null, "body_too_large")]
    [InlineData("us-east-1/s3", "abc", "Transfer-Encoding: chunked", "chunked_body_not_allowed")]
    [InlineData("us-east-1/s3", "sixteen bytes...", "X-Other: 1", null)]
    public async Task What_cannot_be_signed_is_refused(string scope, string body, string? header, string? reason)
    {
        var json = await Json(
            Tls + Aws, "PUT https://b.s3.amazonaws.com/k", "-H", header ?? "X-Other: 1", "--body", _folder.Write("body", body),
            "-H", $"Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/{scope}/aws4_request, Signature=0");

        Assert.Equal(reason, json.GetProperty("verdict").TryGetProperty("reason", out var actual) ? actual.GetString() : null);
    }

    [Fact]
    public async Task Templates_are_shown_with_names_in_the_place_of_values()
    {
        var json = await Json(Tls + """
            transforms:
              - name: allowlist
                config: {domains: [api.example.com]}
              - name: hmac_sign
                config:
                  timestamp: {format: unix_seconds}
                  signature: {algorithm: sha256, key_encoding: base64, output_encoding: hex, message: "{{.Timestamp}}.{{.Credentials.key}}{{.Body}}"}
                  credentials: {key: {type: env, var: API_KEY}, secret: {type: env, var: API_SECRET}}
                  headers:
                    - {name: X-Key, value: "key {{.Credentials.key}}"}
                    - {name: X-Signature, value: "{{.Signature}}"}
                  rules: [{host: api.example.com}]
              - name: secrets
                config: {secrets: [{source: {type: env, var: PASSWORD}, inject: {header: Authorization, formatter: 'Basic {{ base64 "user:" .Value }}'}, rules: [{host: api.example.com}]}]}
            """, "POST https://api.example.com/");

        var entry = json.GetProperty("steps")[1].GetProperty("credentials")[0];
        Assert.Equal("{Timestamp}.{API_KEY}{Body}", entry.GetProperty("signs").GetString());
        Assert.Equal(["key {API_KEY}", "{Signature}"], entry.GetProperty("sets").EnumerateArray().Select(h => h.GetProperty("value").GetString()));
        Assert.Equal("Basic base64(user:{PASSWORD})", json.GetProperty("steps")[2].GetProperty("secrets")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task Who_is_asked_at_run_time_is_named_in_the_verdict()
    {
        const string Policy = Tls + """
            transforms:
              - name: allowlist
                config: {domains: [api.example.com]}
              - name: judge
                config:
                  name: guard
                  prompt: Deny writes.
                  fallback: skip
                  rules: [{host: api.example.com, methods: [POST]}]
                  provider: {type: anthropic, model: claude-haiku-4-5-20251001, api_key_env: KEY}
              - name: grpc
                config: {name: scanner, target: "localhost:9500", send_request_body: true}
            proxy: {max_request_body_bytes: 4}
            """;

        var post = await Json(Policy, "POST https://api.example.com/");
        Assert.Equal(["continue", "undecided", "undecided"], Outcomes(post));
        Assert.Equal("skip", post.GetProperty("steps")[1].GetProperty("asks").GetProperty("onFailure").GetString());
        Assert.Equal("deny", post.GetProperty("steps")[2].GetProperty("asks").GetProperty("onFailure").GetString());
        Assert.Equal(["judge guard", "grpc scanner"], post.GetProperty("verdict").GetProperty("dependsOn").EnumerateArray().Select(d => $"{d.GetProperty("step")} {d.GetProperty("name")}"));
        Assert.Contains("if judge guard and grpc scanner agree", (await Text(Policy, "POST https://api.example.com/")).Out, StringComparison.Ordinal);

        var get = await Json(Policy, "GET https://api.example.com/");
        Assert.Equal(["continue", "continue", "undecided"], Outcomes(get));

        var large = await Json(Policy, "POST https://api.example.com/", "--body", _folder.Write("body", "12345"));
        Assert.Equal("body_too_large", large.GetProperty("verdict").GetProperty("reason").GetString());
        Assert.Equal(["continue", "reject", "not_reached"], Outcomes(large));
    }

    [Fact]
    public async Task Whether_values_are_taken_out_of_the_response_is_said_of_each_secret()
    {
        const string Policy = Tls + """
            transforms:
              - name: allowlist
                config: {domains: [a.test, b.test]}
              - name: secrets
                config:
                  secrets:
                    - {source: {type: env, var: FIRST}, replace: {proxy_value: placeholder-1}, rules: [{host: a.test}], scrub_responses: true}
                    - {source: {type: env, var: SECOND}, inject: {header: X-Key}, rules: [{host: a.test}], scrub_responses: true, scrub_strict: true}
                    - {source: {type: env, var: THIRD}, inject: {header: X-Other}, rules: [{host: a.test}]}
            """;
        const string Scrubbed = "its value is taken out of the response";

        var text = (await Text(Policy, "GET https://a.test/")).Out;
        var secrets = (await Json(Policy, "GET https://a.test/")).GetProperty("steps")[1].GetProperty("secrets").EnumerateArray().ToArray();

        Assert.Equal(2, text.Split(Scrubbed).Length - 1);
        Assert.Contains($"     {Scrubbed}; a response that cannot be searched is refused\n", text, StringComparison.Ordinal);
        Assert.Equal([true, true, false], secrets.Select(s => s.TryGetProperty("scrubsResponse", out _)));
        Assert.Equal([false, true, false], secrets.Select(s => s.TryGetProperty("scrubsStrictly", out _)));
        Assert.DoesNotContain(Scrubbed, (await Text(Policy, "GET https://b.test/")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oauth_token, config: {tokens: [{grant: client_credentials, client_id: {type: env, var: A}, client_secret: {type: env, var: B}, token_endpoint: 'https://login.test/t', rules: [{host: a.test}], SCRUB}]}")]
    [InlineData("gcp_auth, config: {credentials_provider: {type: workload_identity}, scopes: [s], rules: [{host: a.test}], SCRUB}")]
    [InlineData("gcp_auth, config: {keyfile: {type: env, var: K}, scopes: [s], rules: [{host: a.test}], SCRUB}")]
    [InlineData("gcp_id_token, config: {keyfile: {type: env, var: K}, audience: 'https://a.test', rules: [{host: a.test}], SCRUB}")]
    [InlineData("azure_auth, config: {credentials_provider: {type: managed_identity}, scope: 'a/.default', rules: [{host: a.test}], SCRUB}")]
    [InlineData("github_app, config: {client_id: a, private_key: {type: env, var: K}, owner: o, rules: [{host: a.test}], SCRUB}")]
    [InlineData("hmac_sign, config: {timestamp: {format: unix_seconds}, signature: {algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Path}}'}, credentials: {secret: {type: env, var: A}}, headers: [{name: X-S, value: '{{.Signature}}'}], rules: [{host: a.test}], SCRUB}")]
    [InlineData("aws_auth, config: {access_key_id: {type: env, var: A}, secret_access_key: {type: env, var: B}, rules: [{host: a.test}], SCRUB}")]
    public async Task Tokens_and_credentials_of_signatures_are_taken_out_of_responses(string step)
    {
        string Policy(string scrub) => $"tls: {{ca_cert: ca.crt, ca_key: ca.key}}\ntransforms:\n  - {{name: allowlist, config: {{domains: [a.test]}}}}\n  - {{name: {step.Replace("SCRUB", scrub, StringComparison.Ordinal)}}}\n";
        const string Scrubbed = "its value is taken out of the response; a response that cannot be searched is refused";
        string[] options = ["-H", "Authorization: AWS4-HMAC-SHA256 Credential=A/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"];

        Assert.Contains(Scrubbed, (await Text(Policy("scrub_responses: true, scrub_strict: true"), "GET https://a.test/", options)).Out, StringComparison.Ordinal);
        Assert.DoesNotContain("taken out of the response", (await Text(Policy("scrub_responses: false"), "GET https://a.test/", options)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_asked_behind_secrets_sees_real_values_and_a_model_never_does()
    {
        const string Judge = """
              - name: judge
                config:
                  name: NAME
                  prompt: Deny writes.
                  rules: [{host: api.example.com}]
                  provider: {type: anthropic, model: claude-haiku-4-5-20251001, api_key_env: KEY}

            """;
        var policy = Tls + "transforms:\n  - {name: allowlist, config: {domains: [api.example.com]}}\n"
            + Judge.Replace("NAME", "before", StringComparison.Ordinal)
            + """
              - name: secrets
                config: {secrets: [{source: {type: env, var: TOKEN}, inject: {header: X-Token}, rules: [{host: api.example.com}]}, {source: {type: env, var: KEY}, replace: {proxy_value: placeholder-1, match_body: true}}]}
              - name: grpc
                config: {name: scanner, target: "localhost:9500"}

            """
            + Judge.Replace("NAME", "behind", StringComparison.Ordinal);

        var steps = (await Json(policy, "POST https://api.example.com/", "--body", _folder.Write("body", "a placeholder-1"))).GetProperty("steps");

        Assert.Empty(Strings(steps[1].GetProperty("asks").GetProperty("seesSecrets")));
        Assert.Equal(["header:X-Token"], Strings(steps[3].GetProperty("asks").GetProperty("seesSecrets")));
        Assert.Empty(Strings(steps[4].GetProperty("asks").GetProperty("seesSecrets")));
    }

    [Theory]
    [InlineData("CONNECT mcp.example.com:443", "inside_tunnel")]
    [InlineData("CONNECT other.example.com:443", "not_reached")]
    public async Task Tool_calls_are_inside_of_tunnels(string request, string outcome) =>
        Assert.Equal(outcome, (await Json(Tls + Mcp, request)).GetProperty("mcp").GetProperty("outcome").GetString());

    private const string Bodies = """
        transforms:
          - name: allowlist
            config: {domains: [api.example.com]}
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: KEY}
                  replace: {proxy_value: placeholder-1, match_headers: ["X-Key"], match_body: true, require: true}
          - name: body_capture
            config: {max_request_body_bytes: 20}
          - name: annotate
            config: {annotations: [{headers: [X-Key, X-Id]}]}
        proxy: {max_request_body_bytes: 100}
        """;

    [Theory]
    [InlineData("user:placeholder-1", "header:Authorization", null)]
    [InlineData("user:other", null, "secret_required")]
    public async Task Placeholders_in_Basic_credentials_are_found(string credentials, string? location, string? reason)
    {
        const string Policy = """
            transforms:
              - {name: allowlist, config: {domains: [api.example.com]}}
              - name: secrets
                config: {secrets: [{source: {type: env, var: KEY}, replace: {proxy_value: placeholder-1, require: true}}]}
            """;
        var basic = $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";
        var json = await Json(Tls + Policy, "GET https://api.example.com/", "-H", basic);

        Assert.Equal(location is null ? [] : [location], Strings(json.GetProperty("steps")[1].GetProperty("secrets")[0].GetProperty("locations")));
        Assert.Equal(reason, json.GetProperty("verdict").TryGetProperty("reason", out var given) ? given.GetString() : null);
    }

    [Fact]
    public async Task Placeholders_in_a_form_are_found_as_forms_spell_them()
    {
        const string Policy = """
            transforms:
              - {name: allowlist, config: {domains: [api.example.com]}}
              - name: secrets
                config: {secrets: [{source: {type: env, var: KEY}, replace: {proxy_value: "place holder&1", match_body: true}}]}
            """;
        var body = _folder.Write("body", "a=place+holder%261&b=place%20holder%261&c=place%20holder%2C1");

        var form = await Json(Tls + Policy, "POST https://api.example.com/", "-H", "Content-Type: application/x-www-form-urlencoded", "--body", body);
        var text = await Json(Tls + Policy, "POST https://api.example.com/", "-H", "Content-Type: text/plain", "--body", body);

        Assert.Equal(2, form.GetProperty("steps")[1].GetProperty("secrets")[0].GetProperty("bodyMatches").GetInt32());
        Assert.Equal(0, text.GetProperty("steps")[1].GetProperty("secrets")[0].GetProperty("bodyMatches").GetInt32());
    }

    [Fact]
    public async Task Placeholders_in_a_body_are_counted_and_what_is_recorded_is_said()
    {
        var json = await Json(
            Tls + Bodies, "POST https://api.example.com/", "-H", "x-id: 7", "--body", _folder.Write("body", """{"a": "placeholder-1", "b": "placeholder-1"}"""));

        var secret = json.GetProperty("steps")[1].GetProperty("secrets")[0];
        Assert.Equal(2, secret.GetProperty("bodyMatches").GetInt32());
        Assert.Equal(["body"], Strings(secret.GetProperty("locations")));
        var capture = json.GetProperty("steps")[2];
        Assert.Equal(20, capture.GetProperty("recordedBodyBytes").GetInt32());
        Assert.True(capture.GetProperty("bodyTruncated").GetBoolean());
        Assert.Equal(["X-Key"], Strings(json.GetProperty("steps")[3].GetProperty("recordsAbsent")));
        Assert.Equal(44, json.GetProperty("request").GetProperty("bodyBytes").GetInt32());
    }

    [Theory]
    [InlineData("nothing here", "secret_required")]
    [InlineData("", "secret_required")]
    [InlineData("placeholder-1 ...................................................................................... 101", "body_too_large")]
    public async Task A_body_that_is_given_is_looked_at(string body, string reason) =>
        Assert.Equal(reason, (await Json(Tls + Bodies, "POST https://api.example.com/", "--body", _folder.Write("body", body))).GetProperty("verdict").GetProperty("reason").GetString());

    [Theory]
    [InlineData("gzip", 10, null)]
    [InlineData("gzip", 1000, "body_too_large")]
    [InlineData("zstd", 10, "body_encoding")]
    public async Task A_compressed_body_is_searched_as_the_proxy_searches_it(string coding, int length, string? reason)
    {
        var path = _folder.File("body.gz");
        await using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes("placeholder-1" + new string('x', length)));
        }

        var json = await Json(Tls + Bodies, "POST https://api.example.com/", "-H", $"Content-Encoding: {coding}", "--body", path);

        Assert.Equal(reason, json.GetProperty("verdict").TryGetProperty("reason", out var actual) ? actual.GetString() : null);
        if (reason is null)
        {
            Assert.Equal(1, json.GetProperty("steps")[1].GetProperty("secrets")[0].GetProperty("bodyMatches").GetInt32());
            Assert.Equal(20, json.GetProperty("steps")[2].GetProperty("recordedBodyBytes").GetInt32());
        }
    }

    [Fact]
    public async Task Without_interception_only_the_destination_is_seen()
    {
        const string Policy = """
            tls: {mode: sni-only}
            transforms:
              - name: allowlist
                config: {rules: [{host: api.example.com}]}
              - name: annotate
                config: {annotations: [{headers: [X-Id]}]}
            """;

        var https = await Json(Policy, "POST https://api.example.com/x");
        Assert.Equal("destination", https.GetProperty("request").GetProperty("visible").GetString());
        Assert.Equal(["continue", "hidden"], Outcomes(https));

        var http = await Json(Policy, "POST http://api.example.com/x");
        Assert.Equal("request", http.GetProperty("request").GetProperty("visible").GetString());
        Assert.Equal(["continue", "continue"], Outcomes(http));
    }

    private const string Mcp = """
        transforms:
          - name: allowlist
            config: {domains: [mcp.example.com]}
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: OWNER}
                  replace: {proxy_value: placeholder-1, match_body: true}
        mcp:
          servers:
            - name: github
              rules: [{host: mcp.example.com, paths: [/mcp]}]
              tools:
                - name: search
                - name: create_issue
                  when:
                    - {path: owner, equals: ironsh}
                    - {path: repo, in: [a, b]}
        """;

    [Theory]
    [InlineData("search", null, "continue", null)]
    [InlineData("search", """{"q": "placeholder-1"}""", "continue", null)]
    [InlineData("delete", null, "reject", "tool_not_allowed")]
    [InlineData("delete", """{"q": "placeholder-1"}""", "reject", "tool_not_allowed")]
    [InlineData("create_issue", """{"owner": "ironsh", "repo": "b"}""", "continue", null)]
    [InlineData("create_issue", """{"owner": "ironsh", "repo": "c"}""", "reject", "tool_not_allowed")]
    [InlineData("create_issue", """{"owner": "placeholder-1", "repo": "b"}""", "undecided", null)]
    [InlineData("create_issue", """{"owner": "ironsh", "owner": "x", "repo": "b"}""", "reject", "malformed_mcp")]
    public async Task A_tool_call_is_decided_behind_the_steps(string tool, string? arguments, string outcome, string? reason)
    {
        var json = await Json(Tls + Mcp, "POST https://mcp.example.com/mcp", ["--tool", tool, .. arguments is null ? (string[])[] : ["--args", arguments]]);

        var mcp = json.GetProperty("mcp");
        Assert.Equal("github", mcp.GetProperty("server").GetString());
        Assert.Equal(outcome, mcp.GetProperty("outcome").GetString());
        Assert.Equal(reason, json.GetProperty("verdict").TryGetProperty("reason", out var actual) ? actual.GetString() : null);
        Assert.Equal(outcome == "undecided", json.GetProperty("verdict").TryGetProperty("dependsOn", out _));
    }

    [Fact]
    public async Task A_denied_call_says_what_does_not_hold_and_what_the_client_reads()
    {
        var run = await Text(Tls + Mcp, "POST https://mcp.example.com/mcp", "--tool", "create_issue", "--args", """{"owner": "ironsh", "repo": "c"}""");

        Assert.Equal(1, run.Exit);
        Assert.Contains("repo would have to be one of \"a\", \"b\"", run.Out, StringComparison.Ordinal);
        Assert.Contains("error -32001: blocked by iron-proxy policy", run.Out, StringComparison.Ordinal);
        Assert.Contains("verdict: denied by mcp", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_call_that_no_server_gets_is_said_not_to_be_looked_at()
    {
        var run = await Text(Tls + Mcp, "POST https://mcp.example.com/other", "--tool", "delete");

        Assert.Equal(0, run.Exit);
        Assert.Contains("no server's rules match, so tool calls in this request are not looked at", run.Out, StringComparison.Ordinal);
        Assert.Contains("would match if the path were /mcp", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    public async Task A_tool_call_is_one_whatever_its_media_type(string mediaType)
    {
        var body = _folder.Write("call.json", """{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "delete"}}""");

        var json = await Json(Tls + Mcp, "POST https://mcp.example.com/mcp", "-H", $"Content-Type: {mediaType}", "--body", body);

        Assert.Equal("tool_not_allowed", json.GetProperty("verdict").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_batch_in_a_body_file_is_decided_as_a_whole()
    {
        var body = _folder.Write("batch.json", """[{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "delete"}}]""");

        var json = await Json(Tls + Mcp, "POST https://mcp.example.com/mcp", "--body", body);

        Assert.Equal([true, false], json.GetProperty("mcp").GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("allowed").GetBoolean()));
        Assert.Equal("tool_not_allowed", json.GetProperty("verdict").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("POST", "undecided")]
    [InlineData("GET", "continue")]
    public async Task Without_a_body_a_call_is_not_known(string method, string outcome) =>
        Assert.Equal(outcome, (await Json(Tls + Mcp, $"{method} https://mcp.example.com/mcp")).GetProperty("mcp").GetProperty("outcome").GetString());

    [Theory]
    [InlineData("--args", "{}")]
    [InlineData("--tool", "x", "--args", "[]")]
    [InlineData("--tool", "x", "--args", "{")]
    [InlineData("--tool", "x", "--body", "f")]
    public async Task Options_that_make_no_sense_together_are_usage_errors(params string[] options)
    {
        var run = await Text(Tls + Mcp, "POST https://mcp.example.com/mcp", options);

        Assert.Equal(2, run.Exit);
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_is_said_so()
    {
        var run = await Text(Tls + Mcp, "POST https://mcp.example.com/mcp", "--body", _folder.File("missing"));

        Assert.Equal(1, run.Exit);
        Assert.Contains("there is no such file", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task No_value_of_the_request_is_printed(string format)
    {
        var body = _folder.Write("body", """{"jsonrpc": "2.0", "id": "canary-id", "method": "tools/call", "params": {"name": "create_issue", "arguments": {"owner": "canary-argument"}}}""");

        var run = await Text(Tls + Mcp, "POST https://mcp.example.com/mcp?q=canary-query", "--body", body, "-H", "X-Key: canary-header", "--format", format);

        Assert.Equal(1, run.Exit);
        Assert.DoesNotContain("canary", run.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_of_a_hundred_thousand_rules_is_explained_in_seconds()
    {
        var policy = new StringBuilder(Tls).Append("transforms:\n  - name: allowlist\n    config:\n      rules:\n");
        for (var i = 0; i < 100_000; i++)
        {
            policy.Append($"        - {{host: h{i % 1000}.example.com, methods: [GET], paths: [\"/p{i}/*\"]}}\n");
        }

        policy.Append("  - name: annotate\n    config:\n      annotations:\n");
        for (var i = 0; i < 1000; i++)
        {
            policy.Append($"        - {{headers: [X-A], rules: [{{host: h{i}.example.com, methods: [PUT]}}]}}\n");
        }

        var path = _folder.Write("large.yaml", policy.ToString());
        var plan = _folder.File("large.plan.json");
        await CliRun.Of("compile", path, "-o", plan);
        var time = Stopwatch.StartNew();

        var run = await CliRun.Of("explain", plan, "-r", "POST https://h77.example.com/p55077/x", "--json");

        // Nearly all of its time goes into reading the plan; what grew with the square of the rules would take far longer.
        Assert.InRange(time.Elapsed, TimeSpan.Zero, Patience.Program);
        Assert.Contains("\"GET\"", run.Out, StringComparison.Ordinal);
        Assert.Equal(1, run.Exit);
    }

    private Task<CliRun> Text(string policy, string request, params string[] options) =>
        CliRun.Of(["explain", _folder.Write("policy.yaml", policy), "-r", request, .. options]);

    private async Task<JsonElement> Json(string policy, string request, params string[] options)
    {
        var run = await Text(policy, request, [.. options, "--json"]);
        Assert.True(run.Out.Length > 0, run.ToString());
        return JsonElement.Parse(run.Out);
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString() ?? "")];

    private static string[] Outcomes(JsonElement explanation) =>
        [.. explanation.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("outcome").GetString() ?? "")];
}
