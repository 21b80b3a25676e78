namespace IronProxy.Plan.Tests.Decisions;

public sealed class CredentialUseTests
{
    [Fact]
    public void Every_credential_of_every_step_is_named_with_what_is_made_of_it()
    {
        var uses = TestPlan.Create(TestPlan.EveryStep()).CredentialUses.Select(u => $"{string.Join(' ', u.Names)} {u.Mode} {u.Rules} {string.Join(',', u.Sets)}");

        Assert.Equal(
            [
                "GITHUB_TOKEN inject 0 Authorization",
                "key replace  ",
                "id oauth keys.api oauth_token 0 Authorization",
                "workload_identity gcp_auth  Authorization",
                "gcp gcp_id_token 0 Authorization",
                "AZURE_SECRET azure_auth 0 Authorization",
                "APP_KEY github_app 0 Authorization",
                "/key aws_auth 1 Authorization,X-Amz-Date,X-Amz-Content-Sha256",
                "op://v/i/f op://v/i/k hmac_sign 1 X-Signature",
            ],
            uses);
    }

    [Fact]
    public void A_session_token_has_a_header_of_its_own()
    {
        var step = TestPlan.EveryStep().OfType<AwsAuthStepPlan>().Single();
        var key = step.Credentials[0];

        Assert.Equal(
            ["Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token"],
            (step with { Credentials = [key, key with { Name = "session_token" }] }).SignatureHeaders.AsEnumerable());
        Assert.Contains("X-Amz-Security-Token", (step with { Credentials = [], Provider = new AwsProviderPlan { Type = "workload_identity" } }).SignatureHeaders);
        Assert.DoesNotContain("X-Amz-Security-Token", step.SignatureHeaders);
    }

    [Fact]
    public void Only_entries_of_secrets_may_travel_without_TLS()
    {
        var plan = TestPlan.Create(TestPlan.EveryStep());
        var open = plan with { Steps = [.. plan.Steps.Select(s => s is SecretsStepPlan x ? x with { Secrets = [.. x.Secrets.Select(e => e with { AllowPlaintext = true })] } : s)] };

        Assert.Equal(["inject", "replace"], open.CredentialUses.Where(u => u.AllowPlaintext).Select(u => u.Mode));
    }
}
