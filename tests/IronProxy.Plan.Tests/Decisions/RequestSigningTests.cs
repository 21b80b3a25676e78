namespace IronProxy.Plan.Tests.Decisions;

public sealed class RequestSigningTests
{
    private static readonly AwsAuthStepPlan Step = TestPlan.EveryStep().OfType<AwsAuthStepPlan>().Single() with
    {
        AllowedRegions = ["us-east-1"],
        AllowedServices = ["s3", "bedrock"],
    };

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0", "", null)]
    [InlineData("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AKIA/20260101/us-east-1/bedrock/aws4_request,Signature=0", "", null)]
    [InlineData(null, "?a=b&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request", null)]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/s3/aws4_request, Signature=0", "", "region_not_allowed")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request, Signature=0", "", "service_not_allowed")]
    [InlineData(null, "", "missing_sigv4")]
    [InlineData("Bearer x", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256-PAYLOAD, Credential=AKIA/20260101/us-east-1/s3/aws4_request", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Signature=0", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIA, Signature=0", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3, Signature=0", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIA/20260101//s3/aws4_request, Signature=0", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/1/us-east-1/s3/aws4_request, Credential=A/1/us-east-1/iam/aws4_request", "", "missing_sigv4")]
    [InlineData(null, "?X-Amz-Credential=A/1/us-east-1/s3/aws4_request&X-Amz-Credential=A/1/us-east-1/iam/aws4_request", "missing_sigv4")]
    public void A_request_is_signed_again_for_what_it_was_signed_for(string? authorization, string query, string? reason) =>
        Assert.Equal(reason, RequestSigning.Decide(Step, authorization, query, out _)?.Code);

    [Fact]
    public void Without_lists_any_region_and_service_is_signed_for()
    {
        var denial = RequestSigning.Decide(
            Step with { AllowedRegions = [], AllowedServices = [] }, "AWS4-HMAC-SHA256 Credential=A/1/eu-west-1/iam/aws4_request", "", out var scope);

        Assert.Null(denial);
        Assert.Equal(new AwsScope("eu-west-1", "iam"), scope);
    }

    [Theory]
    [InlineData(true, false, "chunked_body_not_allowed")]
    [InlineData(true, true, null)]
    [InlineData(false, false, null)]
    public void A_body_without_a_known_length_is_signed_only_when_the_step_says_so(bool chunked, bool allowed, string? reason) =>
        Assert.Equal(reason, RequestSigning.DecideBody(chunked, allowed)?.Code);
}
