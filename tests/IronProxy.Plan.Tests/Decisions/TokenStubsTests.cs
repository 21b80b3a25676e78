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
        Assert.Equal(stubbed, ReferenceEquals(Step.Tokens[0], TokenStubs.Find(Step.Tokens, Canonical.Request("POST", url))));

    [Theory]
    [InlineData("https://oauth2.googleapis.com/token", true)]
    [InlineData("https://oauth2.googleapis.com/token?x=1", true)]
    [InlineData("http://oauth2.googleapis.com/token", false)]
    [InlineData("https://oauth2.googleapis.com/tokeninfo", false)]
    [InlineData("https://www.googleapis.com/token", false)]
    public void Google_is_asked_for_tokens_at_its_endpoint(string url, bool stubbed) =>
        Assert.Equal(stubbed, TokenStubs.IsGoogleTokenRequest(Canonical.Request("POST", url)));

    [Theory]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token", true)]
    [InlineData("http://METADATA.google.internal./computeMetadata/v1/instance/attributes/kube-env", true)]
    [InlineData("http://metadata.google.internal/", true)]
    [InlineData("http://metadata.google.internal/latest/meta-data", true)]
    [InlineData("http://169.254.169.254", true)]
    [InlineData("http://169.254.169.254/computeMetadata", true)]
    [InlineData("http://169.254.169.254/%63omputeMetadata/v1/instance/service-accounts/a@b.example/token", true)]
    [InlineData("http://169.254.169.254/computeMetadataOfOthers", false)]
    [InlineData("http://169.254.169.254/latest/api/token", false)]
    [InlineData("http://169.254.169.254/metadata/identity/oauth2/token", false)]
    [InlineData("http://192.0.2.1/computeMetadata/v1/instance/service-accounts/default/token", false)]
    [InlineData("http://metadata.google.internal.example.com/", false)]
    public void The_metadata_server_of_Google_is_asked_by_its_name_and_in_its_own_paths_of_an_address_that_others_have(string url, bool stubbed) =>
        Assert.Equal(stubbed, TokenStubs.IsGoogleMetadataRequest(Canonical.Request("GET", url)));

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
        var destination = CanonicalRequest.Destination(Canonical.Host("login.example.com"), 443, client: null);

        Assert.Null(TokenStubs.Find(Step.Tokens, destination));
        Assert.False(TokenStubs.IsGoogleTokenRequest(CanonicalRequest.Destination(Canonical.Host("oauth2.googleapis.com"), 443, client: null)));
        Assert.False(TokenStubs.IsGoogleMetadataRequest(CanonicalRequest.Destination(Canonical.Host("metadata.google.internal"), 80, client: null)));
    }
}
