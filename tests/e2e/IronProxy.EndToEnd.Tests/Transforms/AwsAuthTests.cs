using System.Globalization;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>botocore with placeholder keys, the proxy with real ones, and a server that recomputes each signature with botocore's own signers.</summary>
public sealed class AwsAuthTests : IAsyncLifetime, IDisposable
{
    private const string KeyId = "AKIAREALREALREALREAL";
    private const string Secret = "the-real/secret+with=signs-of-base64";
    private const string Token = "the//real+session/token==";
    private const string WrongSecret = "another-secret";

    // Debian's own, which sees Debian's packages; another one may come first in PATH.
    private const string Python = "/usr/bin/python3";

    private static readonly string[] Hosts =
    [
        "s3.us-east-1.amazonaws.com", "bucket.s3.us-east-1.amazonaws.com", "dynamodb.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com",
        "lambda.us-east-1.amazonaws.com", "wrong.us-east-1.amazonaws.com",
    ];

    private static readonly string Policy = $$"""
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "192.0.2.80"
          records: [{{string.Join(", ", Hosts.Select(h => $$"""{ name: "{{h}}", type: A, value: "127.0.0.1" }"""))}}]
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          tunnel_listen: "127.0.0.1:0"
          upstream_deny_cidrs: []
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }
        transforms:
          - name: allowlist
            config: { domains: ["*.us-east-1.amazonaws.com"] }
          - name: aws_auth
            config:
              access_key_id: { type: env, var: REAL_KEY_ID }
              secret_access_key: { type: env, var: REAL_SECRET }
              allowed_regions: [us-east-1]
              allowed_services: [s3, sqs, sts, lambda]
              allow_chunked_body: true
              rules: [{ host: "s3.us-east-1.amazonaws.com" }, { host: "bucket.s3.us-east-1.amazonaws.com" }, { host: "sqs.us-east-1.amazonaws.com" }, { host: "sts.us-east-1.amazonaws.com" }, { host: "lambda.us-east-1.amazonaws.com" }]
          - name: aws_auth
            config:
              access_key_id: { type: env, var: REAL_KEY_ID }
              secret_access_key: { type: env, var: REAL_SECRET }
              session_token: { type: env, var: REAL_TOKEN }
              rules: [{ host: "dynamodb.us-east-1.amazonaws.com" }]
          - name: aws_auth
            config:
              access_key_id: { type: env, var: REAL_KEY_ID }
              secret_access_key: { type: env, var: WRONG_SECRET }
              rules: [{ host: "wrong.us-east-1.amazonaws.com" }]
        """;

    private static readonly (string Name, string Value)[] Environment = [("REAL_KEY_ID", KeyId), ("REAL_SECRET", Secret), ("REAL_TOKEN", Token), ("WRONG_SECRET", WrongSecret)];

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private BackgroundProcess? _services;
    private GatewayProcess? _proxy;
    private string _port = "";

    public async Task InitializeAsync()
    {
        var (exit, _, _) = File.Exists(Python) ? await CommandLine.RunAsync(Python, "-c", "import boto3") : (1, "", "");
        if (exit != 0)
        {
            return; // Each test says so.
        }

        var (certificate, key) = _folder.WriteUpstreamCertificate(Hosts);
        _services = await BackgroundProcess.StartAsync(
            [Python, Repository.Path("tests", "e2e", "stubs", "aws.py"), certificate, key, KeyId, Secret, Token, "dynamodb.us-east-1.amazonaws.com"],
            line => line.StartsWith("port ", StringComparison.Ordinal));
        _port = _services.Ready["port ".Length..];
        _proxy = await GatewayProcess.StartAsync(_folder, Policy, Environment);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
    }

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Objects_of_S3_with_odd_names_are_written_read_and_listed()
    {
        var (output, records) = await RunAsync("keys", 26);
        Assert.Equal(string.Concat(Enumerable.Repeat("True\n", 11)) + "1 1\nb'x'\n", output);
        Assert.All(records, r => Assert.Equal(["header:Authorization", "header:X-Amz-Date", "header:X-Amz-Content-Sha256"], Strings(Annotations(r).GetProperty("injected"))));
        Assert.All(records, r => Assert.Equal("s3 us-east-1", $"{Annotations(r).GetProperty("service")} {Annotations(r).GetProperty("region")}"));
    }

    [SkippableFact]
    public async Task Pre_signed_URLs_are_signed_again_as_such()
    {
        var (output, records) = await RunAsync("presigned", 23);
        Assert.Equal(string.Concat(Enumerable.Repeat("200 True\n", 11)) + "200\n", output);
        Assert.All(records, r => Assert.Contains("query:X-Amz-Signature", Strings(Annotations(r).GetProperty("injected"))));
    }

    [SkippableFact]
    public async Task Objects_in_parts_are_put_together() => Assert.Equal("True\n", (await RunAsync("multipart", 6)).Output);

    [SkippableFact]
    public async Task Bodies_with_trailers_and_with_signed_parts_are_accepted()
    {
        Assert.Equal("2500000\n200 1029\n200 1029\n", (await RunAsync("streaming", 6)).Output);
        string[] lines = [.. await LinesAsync(6)];
        Assert.Contains(lines, l => l.Contains("/t/trailer STREAMING-UNSIGNED-PAYLOAD-TRAILER 200", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("PAYLOAD STREAMING-AWS4-HMAC-SHA256-PAYLOAD 200", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("TRAILER STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER 200", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Other_services_and_session_tokens_are_signed_for()
    {
        var (output, _) = await RunAsync("others", 4);
        Assert.Equal("True\n1\n1\n[\"/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations\", \"{}\"]\n", output);
    }

    /// <summary>The step with the session token takes its credentials from where AWS SDKs look, as on a machine with a role.</summary>
    [SkippableFact]
    public async Task The_credentials_of_the_machine_sign_as_well()
    {
        Skip.If(_proxy is null, $"{Python} has no boto3 (Debian: python3-boto3)");
        await _proxy.DisposeAsync();
        const string Keys = "access_key_id: { type: env, var: REAL_KEY_ID }\n      secret_access_key: { type: env, var: REAL_SECRET }\n      session_token: { type: env, var: REAL_TOKEN }\n";
        Assert.Contains(Keys, Policy, StringComparison.Ordinal);
        var policy = Policy.Replace(Keys, "credentials_provider: { type: workload_identity, region: us-east-1 }\n", StringComparison.Ordinal);

        _proxy = await GatewayProcess.StartAsync(_folder, policy, [.. Environment, ("AWS_ACCESS_KEY_ID", KeyId), ("AWS_SECRET_ACCESS_KEY", Secret), ("AWS_SESSION_TOKEN", Token)]);
        Assert.StartsWith("True\n", (await RunAsync("others", 4)).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Other_regions_and_services_are_refused_and_so_is_a_wrong_real_key()
    {
        var (output, records) = await RunAsync("refused", 4);
        Assert.Equal("403 403 for\n403 403 for\n403 SignatureDoesNotMatch ***\n400\n", output);
        Assert.Equal(["region_not_allowed", "service_not_allowed", "", "missing_sigv4"], records.Select(r => Annotations(r).TryGetProperty("rejected", out var reason) ? reason.GetString() : ""));
        Assert.Contains("403 SignatureDoesNotMatch", Assert.Single(await LinesAsync(1)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_body_that_ends_too_early_is_not_signed()
    {
        var (_, records) = await RunAsync("truncated", 4);
        Assert.Equal(
            ["400 body_missing 0", "413 body_truncated 3"],
            records.Select(r => $"{r.GetProperty("audit").GetProperty("status_code")} {Annotations(r).GetProperty("rejected")} {Annotations(r).GetProperty("buffered_length")}"));
    }

    /// <summary>Runs a part of the client, whose output, records and server hold no real key.</summary>
    private async Task<(string Output, IReadOnlyList<JsonElement> Records)> RunAsync(string what, int requests)
    {
        Skip.If(_proxy is null, $"{Python} has no boto3 (Debian: python3-boto3)");
        var mark = await _proxy.MarkAsync();
        string[] environment =
        [
            "env", $"HTTPS_PROXY=http://127.0.0.1:{_proxy.Listeners["tunnel"].Port.ToString(CultureInfo.InvariantCulture)}", "NO_PROXY=", "no_proxy=", $"HOME={_folder.FullPath}",
            $"AWS_CA_BUNDLE={_folder.CaFile}", "AWS_EC2_METADATA_DISABLED=true",
        ];
        var (exit, output, error) = await CommandLine.RunAsync([.. environment, Python, Repository.Path("tests", "e2e", "clients", "aws_client.py"), _port, what]);
        Assert.True(exit == 0, $"{error}{output}{_proxy.Output}");
        IReadOnlyList<JsonElement> records = [.. (await _proxy.RecordsSinceAsync(mark, requests)).Where(r => r.GetProperty("audit").GetProperty("method").GetString() != "CONNECT")];
        Assert.All((string[])[Secret, WrongSecret, Token, KeyId], s => Assert.DoesNotContain(s, _proxy.Output + output + error, StringComparison.Ordinal));
        return (output, records);
    }

    private async Task<IReadOnlyList<string>> LinesAsync(int count)
    {
        var lines = new List<string>();
        while (lines.Count < count)
        {
            lines.Add(await _services!.NextLineAsync()); // It runs with the proxy.
        }

        return lines;
    }

    private static JsonElement Annotations(JsonElement record) =>
        record.GetProperty("request_transforms").EnumerateArray().Last(t => t.GetProperty("name").GetString() == "aws_auth" && t.TryGetProperty("annotations", out _)).GetProperty("annotations");

    private static IEnumerable<string?> Strings(JsonElement list) => list.EnumerateArray().Select(s => s.GetString());
}
