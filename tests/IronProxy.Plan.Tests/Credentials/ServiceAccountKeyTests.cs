namespace IronProxy.Plan.Tests.Credentials;

public sealed class ServiceAccountKeyTests
{
    [Fact]
    public void A_key_is_read_with_what_it_says_and_what_it_leaves_out()
    {
        var whole = ServiceAccountKey.TryRead(
            """{"type":"service_account","client_email":"a@b.test","private_key":"PEM","private_key_id":"1","project_id":"p","token_uri":"https://t.test/x","client_id":7}""", out var problem);
        Assert.Null(problem);
        Assert.Equal(("a@b.test", "PEM", "1", "p", "https://t.test/x"), (whole!.Email, whole.PrivateKey, whole.KeyId, whole.ProjectId, whole.TokenEndpoint));

        var least = ServiceAccountKey.TryRead("""{"type":"service_account","client_email":"a@b.test","private_key":"PEM","project_id":null}""", out _);
        Assert.Equal((null, null, "https://oauth2.googleapis.com/token"), (least!.KeyId, least.ProjectId, least.TokenEndpoint));
    }

    [Theory]
    [InlineData("canary", "is no JSON")]
    [InlineData("", "is no JSON")]
    [InlineData("[\"canary\"]", "is not the key")]
    [InlineData("\"canary\"", "is not the key")]
    [InlineData("""{"type":"authorized_user","client_email":"canary","private_key":"canary"}""", "is not the key")]
    [InlineData("""{"type":"service_account","private_key":"canary"}""", "is not the key")]
    [InlineData("""{"type":"service_account","client_email":5,"private_key":"canary"}""", "is not the key")]
    [InlineData("""{"type":"service_account","client_email":"","private_key":"canary"}""", "is not the key")]
    [InlineData("""{"type":"service_account","client_email":"\ud800","private_key":"canary"}""", "is no JSON")]
    [InlineData("""{"\ud800":"canary","type":"service_account"}""", "is no")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"b","token_uri":"http://canary.test/"}""", "token_uri")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"b","token_uri":"https://canary@a.test/"}""", "token_uri")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"b","token_uri":"canary"}""", "token_uri")]
    public void What_is_none_is_said_without_a_word_of_it(string text, string said)
    {
        Assert.Null(ServiceAccountKey.TryRead(text, out var problem));
        Assert.Contains(said, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", problem, StringComparison.Ordinal);
    }
}
