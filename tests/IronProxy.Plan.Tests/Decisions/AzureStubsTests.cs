namespace IronProxy.Plan.Tests.Decisions;

public sealed class AzureStubsTests
{
    private static readonly AzureStubs Stubs = new("https://login.microsoftonline.com");

    [Theory]
    [InlineData("https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token", true)]
    [InlineData("https://login.microsoftonline.com/other.example/oauth2/token?x=1", true)]
    [InlineData("https://LOGIN.microsoftonline.com:443/other.example/OAuth2/v2.0/%74oken/", true)]
    [InlineData("https://login.microsoftonline.com//a//oauth2//token", true)]
    [InlineData("https://login.microsoftonline.com/a/oauth2/v2.0", false)]
    [InlineData("https://login.microsoftonline.com/a/oauth2/v2.0/token/more", false)]
    [InlineData("https://login.microsoftonline.com/oauth2/v2.0/token", false)]
    [InlineData("https://login.microsoftonline.com/a/b/oauth2/v2.0/token", false)]
    [InlineData("https://login.microsoftonline.com/a/oauth2/v2.0/authorize", false)]
    [InlineData("https://login.microsoftonline.com/", false)]
    [InlineData("https://login.microsoftonline.com:444/a/oauth2/v2.0/token", false)]
    [InlineData("http://login.microsoftonline.com/a/oauth2/v2.0/token", false)]
    [InlineData("https://login.microsoftonline.us/a/oauth2/v2.0/token", false)]
    public void Entra_is_asked_for_tokens_in_the_path_of_a_tenant(string url, bool stubbed) => Assert.Equal(stubbed, Stubs.IsTokenRequest(Canonical.Request("POST", url)));

    [Theory]
    [InlineData("http://169.254.169.254/metadata/identity/oauth2/token?resource=a", true)]
    [InlineData("http://169.254.169.254/metadata/instance", true)]
    [InlineData("http://169.254.169.254/Metadata", true)]
    [InlineData("http://169.254.169.254/%6detadata/attested/document", true)]
    [InlineData("http://169.254.169.254//metadata/instance", true)]
    [InlineData("http://169.254.169.254/metadataOfOthers", false)]
    [InlineData("http://169.254.169.254/latest/meta-data", false)]
    [InlineData("http://169.254.169.254/computeMetadata/v1", false)]
    [InlineData("http://169.254.169.254/", false)]
    [InlineData("http://192.0.2.1/metadata/identity/oauth2/token", false)]
    public void The_metadata_server_of_Azure_is_asked_in_its_own_paths_of_an_address_that_others_have(string url, bool stubbed) =>
        Assert.Equal(stubbed, AzureStubs.IsMetadataRequest(Canonical.Request("GET", url)));

    [Fact]
    public void A_destination_is_no_request_for_a_token()
    {
        Assert.False(Stubs.IsTokenRequest(CanonicalRequest.Destination(Canonical.Host("login.microsoftonline.com"), 443, client: null)));
        Assert.False(AzureStubs.IsMetadataRequest(CanonicalRequest.Destination(Canonical.Host("169.254.169.254"), 80, client: null)));
    }
}
