using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>Secrets of AWS Secrets Manager and parameters of Systems Manager, signed for as botocore would.</summary>
public sealed class AwsTests : IDisposable
{
    private const string Secret = "{ type: aws_sm, secret_id: egress/key }";
    private const string Parameter = "{ type: aws_ssm, name: /egress/key }";

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(Secret, "egress/key", "text-canary")]
    [InlineData("{ type: aws_sm, secret_id: \"k\\u00e9y \\\"quoted\\\" +&=/~\" }", "k\u00e9y \"quoted\" +&=/~", "text-canary")]
    [InlineData("{ type: aws_sm, secret_id: egress/key, json_key: token }", "egress/key", "{\"token\":\"text-canary\"}")]
    public async Task A_secret_is_sent(string source, string name, string value)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync(name, new { SecretString = value });
        await AssertSentAsync(source, aws.Environment);
    }

    [SkippableFact]
    public async Task A_binary_secret_that_is_text_is_sent()
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("egress/key", new { SecretBinary = Convert.ToBase64String(Encoding.UTF8.GetBytes("text-canary")) });
        await AssertSentAsync(Secret, aws.Environment);
    }

    [SkippableTheory]
    [InlineData(Parameter, "String", "text-canary", "text-canary")]
    [InlineData(Parameter, "SecureString", "text-canary", "text-canary")]
    [InlineData("{ type: aws_ssm, name: /egress/key, with_decryption: false }", "SecureString", "text-canary", "Y2lwaGVydGV4dA==")]
    [InlineData("{ type: aws_ssm, name: /egress/key, json_key: token }", "String", "{\"token\":\"text-canary\"}", "text-canary")]
    public async Task A_parameter_is_sent_decrypted_unless_it_is_not_to_be(string source, string type, string value, string expected)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("/egress/key", new { Type = type, Value = value });
        await using var proxy = await SourceProxy.StartAsync(_folder, source, aws.Environment);
        await proxy.AssertSentAsync(expected);
        await proxy.StopAsync();
    }

    /// <summary>What the SDK asks for credentials is on loopback, or would be in a denied network.</summary>
    [SkippableTheory]
    [InlineData("container")]
    [InlineData("instance")]
    [InlineData("web identity")]
    [InlineData("profile")]
    public async Task Credentials_are_found_where_the_SDK_looks(string where)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("egress/key", new { SecretString = "text-canary" });
        _folder.Write("web-identity", "web-identity-token");
        _folder.Write("credentials", "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = aws-secret-canary/with+signs\n");
        (string, string)[] credentials = where switch
        {
            "container" => [("AWS_CONTAINER_CREDENTIALS_FULL_URI", aws.Url + "/container"), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token")],
            "instance" => [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", aws.Url)],
            "profile" => [("AWS_SHARED_CREDENTIALS_FILE", _folder.File("credentials"))],
            _ => [("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/egress"), ("AWS_WEB_IDENTITY_TOKEN_FILE", _folder.File("web-identity"))],
        };
        await AssertSentAsync(Secret, [.. aws.Place, .. credentials]);
    }

    [SkippableTheory]
    [InlineData("arn:aws:secretsmanager:eu-west-1:123456789012:secret:egress/key-AbCdEf", "us-east-1", "us-east-2")]
    [InlineData("egress/key", "eu-west-1", "us-east-2")]
    [InlineData("egress/key", null, "eu-west-1")]
    public async Task The_region_is_that_of_the_ARN_then_of_the_source_then_of_the_environment(string id, string? region, string environment)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync(id, new { SecretString = "text-canary" }); // It accepts signatures for one region.
        var source = $"{{ type: aws_sm, secret_id: \"{id}\"{(region is null ? "" : $", region: {region}")} }}";
        await AssertSentAsync(source, [.. aws.Environment, ("AWS_REGION", environment)]);
    }

    [SkippableTheory]
    [InlineData(Secret, "AWS_ENDPOINT_URL_SECRETS_MANAGER")]
    [InlineData(Parameter, "AWS_ENDPOINT_URL_SSM")]
    public async Task The_endpoint_of_one_service_goes_before_that_of_all(string source, string variable)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("egress/key", new { SecretString = "text-canary" });
        await aws.PutAsync("/egress/key", new { Value = "text-canary" });
        await AssertSentAsync(source, [.. aws.Environment, ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), (variable, aws.Url)]);
    }

    [Theory]
    [InlineData("aws_sm, secret_id: key", "eu-west-1", "false", "secretsmanager.eu-west-1.amazonaws.com")]
    [InlineData("aws_ssm, name: key", "cn-north-1", "false", "ssm.cn-north-1.amazonaws.com.cn")]
    [InlineData("aws_ssm, name: key", "us-gov-west-1", "true", "ssm-fips.us-gov-west-1.amazonaws.com")]
    public async Task Without_an_endpoint_the_services_own_is_asked(string source, string region, string fips, string expected)
    {
        await using var resolver = ScriptedDnsUpstream.Start(q => q.Nothing(code: 3, ttl: 30));
        var policy = SourceProxy.Policy($"{{ type: {source}, region: {region} }}").Replace("dns:\n", $"dns:\n  upstream_resolver: \"{resolver.Endpoint}\"\n", StringComparison.Ordinal);
        await SourceProxy.FailWithAsync(_folder, policy, [("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "canary"), ("AWS_USE_FIPS_ENDPOINT", fips)]);
        Assert.All(resolver.Received, q => Assert.Equal(expected, q.Name));
        Assert.NotEmpty(resolver.Received);
    }

    [SkippableFact]
    public async Task A_value_is_read_again_behind_its_ttl_also_past_a_failure()
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("egress/key", new { SecretString = "first-canary" });
        await using var proxy = await SourceProxy.StartAsync(_folder, "{ type: aws_sm, secret_id: egress/key, ttl: 1s }", aws.Environment);
        await proxy.AssertSentAsync("first-canary");
        await aws.PutAsync("egress/key", new { error = "ThrottlingException" });
        await proxy.AssertLoggedAsync("AWS is asked too often (throttled)");
        await aws.PutAsync("egress/key", new { SecretString = "second-canary" });
        await proxy.AssertSentAsync("second-canary");
        await proxy.StopAsync();
    }

    [SkippableTheory]
    [InlineData("ResourceNotFoundException", "there is none of this name in eu-west-1")]
    [InlineData("AccessDeniedException", "access is denied: the credentials need secretsmanager:GetSecretValue for it")]
    [InlineData("ThrottlingException", "AWS is asked too often (throttled)")]
    [InlineData("com.amazonaws.secretsmanager#DecryptionFailure", "it answered 400 (DecryptionFailure)")]
    [InlineData("canary with blanks", "it answered 400.")]
    public async Task An_error_of_the_service_is_told_by_its_code(string code, string expected)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("egress/key", new { error = code });
        Assert.Contains(expected, await SourceProxy.FailAsync(_folder, Secret, aws.Environment), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Other_answers_are_said_and_not_repeated()
    {
        await using var aws = await AwsStub.StartAsync();
        (object Answer, string Expected)[] cases =
        [
            (new { raw = "<h1>canary</h1>", status = 503 }, "it answered 503."),
            (new { raw = "", status = 307, location = aws.Url + "/canary" }, "it answered 307."),
            (new { raw = "canary" }, "what answered is not the service of AWS"),
            (new { raw = "{\"SecretString\":{\"canary\":1}}" }, "what answered is not the service of AWS"),
            (new { raw = "{\"SecretBinary\":\"canary!\"}" }, "what answered is not the service of AWS"),
            (new { raw = "{\"SecretString\":null,\"Name\":\"canary\"}" }, "it has no value"),
            (new { SecretBinary = "/////w==" }, "is not UTF-8 text"),
            (new { size = 2_000_000 }, "it answered more than 1 MiB"),
        ];
        foreach (var (answer, expected) in cases)
        {
            await aws.PutAsync("egress/key", answer);
            Assert.Contains(expected, await SourceProxy.FailAsync(_folder, Secret, aws.Environment), StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("AWS_SECRET_ACCESS_KEY", "another-canary", "AWS does not accept the credentials (InvalidSignatureException)")]
    [InlineData("AWS_ACCESS_KEY_ID", "AKIACANARY", "AWS does not accept the credentials (UnrecognizedClientException)")]
    [InlineData("AWS_SECRET_ACCESS_KEY", "", "no credentials of AWS were found: set AWS_ACCESS_KEY_ID")]
    [InlineData("AWS_REGION", "", "it needs a region")]
    [InlineData("AWS_REGION", "eu.canary/", "names no region of AWS")]
    [InlineData("AWS_ENDPOINT_URL", "canary", "does not hold a URL")]
    public async Task What_the_environment_lacks_is_said(string variable, string value, string expected)
    {
        await using var aws = await AwsStub.StartAsync();
        await aws.PutAsync("egress/key", new { SecretString = "text-canary" });
        var error = await SourceProxy.FailAsync(_folder, Secret, [.. aws.Environment, (variable, value)]);
        Assert.Contains("The secret egress/key of line ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_token_that_no_role_is_given_for_is_said_by_its_code()
    {
        await using var aws = await AwsStub.StartAsync();
        _folder.Write("web-identity", "another-canary");
        (string, string)[] role = [("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/egress"), ("AWS_WEB_IDENTITY_TOKEN_FILE", _folder.File("web-identity"))];
        Assert.Contains("credentials of AWS", await SourceProxy.FailAsync(_folder, Secret, [.. aws.Place, .. role]), StringComparison.Ordinal);
    }

    private async Task AssertSentAsync(string source, IEnumerable<(string Name, string Value)> environment)
    {
        await using var proxy = await SourceProxy.StartAsync(_folder, source, environment);
        await proxy.AssertSentAsync("text-canary");
        await proxy.StopAsync();
    }
}
