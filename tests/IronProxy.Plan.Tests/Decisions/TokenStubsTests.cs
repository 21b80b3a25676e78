namespace IronProxy.Plan.Tests.Decisions;

public sealed class TokenStubsTests
{
    private static readonly OauthTokenStepPlan Step = TestPlan.EveryStep().OfType<OauthTokenStepPlan>().Single();

    [Theory]
    [InlineData("https://login.example.com/token", true)]
    [InlineData("https://login.example.com/token?x=1", true)]
    [InlineData("https://LOGIN.example.com:443/%74oken", true)]
    [InlineData("https://login.example.com/token/", false)]
    [InlineData("https://login.example.com:444/token", false)]
    [InlineData("http://login.example.com/token", false)]
    [InlineData("https://api.example.com/token", false)]
    public void Requests_to_the_token_endpoint_get_the_stub(string url, bool stubbed) =>
        Assert.Equal(stubbed, ReferenceEquals(Step.Tokens[0], TokenStubs.Find(Step, Canonical.Request("POST", url))));

    [Theory]
    [InlineData("https://oauth2.googleapis.com/token", true)]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token", true)]
    [InlineData("http://169.254.169.254/computeMetadata/v1/instance/service-accounts/a@b.example/token", true)]
    [InlineData("http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/email", false)]
    [InlineData("http://169.254.169.254/computeMetadata/v1/instance/service-accounts/a/b/token", false)]
    [InlineData("http://192.0.2.1/computeMetadata/v1/instance/service-accounts/default/token", false)]
    [InlineData("https://oauth2.googleapis.com/tokeninfo", false)]
    public void Google_is_asked_for_tokens_in_three_places(string url, bool stubbed) =>
        Assert.Equal(stubbed, TokenStubs.IsGoogleTokenRequest(Canonical.Request("GET", url)));

    [Theory]
    [InlineData("Bearer iron-proxy-stub-token", true)]
    [InlineData("bearer iron-proxy-stub-token", true)]
    [InlineData("iron-proxy-stub-token", false)]
    [InlineData("Bearer iron-proxy-stub-token2", false)]
    public void The_stub_comes_with_the_prefix_of_the_real_token(string value, bool stub) =>
        Assert.Equal(stub, TokenStubs.IsStub(Step.Tokens[0], value));

    [Fact]
    public void A_destination_is_no_request_for_a_token()
    {
        var destination = CanonicalRequest.Destination(Canonical.Host("login.example.com"), 443);

        Assert.Null(TokenStubs.Find(Step, destination));
        Assert.False(TokenStubs.IsGoogleTokenRequest(CanonicalRequest.Destination(Canonical.Host("169.254.169.254"), 80)));
    }
}
