using System.Collections.Immutable;

namespace IronProxy.Plan.Tests.Decisions;

public sealed class RequestSigningTests
{
    private static readonly ImmutableArray<string> Regions = ["us-east-1"];
    private static readonly ImmutableArray<string> Services = ["s3", "bedrock"];

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
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential=AKIA/20260101/s3/aws4_request, SignedHeaders=host, Signature=0", "", "unsupported_sigv4a")]
    [InlineData(null, "?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=AKIA%2F20260101%2Fs3%2Faws4_request", "unsupported_sigv4a")]
    [InlineData(null, "?X-Amz-Algorithm=AWS4-HMAC-SHA512&X-Amz-Credential=A/1/us-east-1/s3/aws4_request", "missing_sigv4")]
    [InlineData(null, "?X%2DAmz-Credential=A/1/us-east-1/s3/aws4_request", null)]
    [InlineData(null, "?x-amz-credential=A/1/us-east-1/s3/aws4_request", "missing_sigv4")]
    [InlineData(null, "?x-amz-credential=A/1/us-east-1/iam/aws4_request&X-Amz-Credential=A/1/us-east-1/s3/aws4_request", "missing_sigv4")]
    [InlineData(null, "?X-Amz-Credential=A/1/us-east-1%0A/s3/aws4_request", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/1/us-east-1/s3/aws4_request", "?X-Amz-Credential=A/1/us-east-1/s3/aws4_request", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/1/us-east-1/s3/aws4_request, SignedHeaders=host, SignedHeaders=date", "", "missing_sigv4")]
    [InlineData("AWS4-HMAC-SHA256 Credential=A/1/us-east-1/s3/aws4_request", "?x%2Damz-security-token=mine", "missing_sigv4")]
    [InlineData(null, "?X-Amz-Signature=0&X-Amz-Date=20260101T000000Z", "missing_sigv4")]
    [InlineData(null, "?X-Amz-Credential=A/1/us-east-1/s3/aws4_request&X-Amz-Credential=A/1/us-east-1/iam/aws4_request", "missing_sigv4")]
    public void A_request_is_signed_again_for_what_it_was_signed_for(string? authorization, string query, string? reason) =>
        Assert.Equal(reason, RequestSigning.Decide(Regions, Services, authorization, query, out _)?.Code);

    [Fact]
    public void Without_lists_any_region_and_service_is_signed_for()
    {
        var denial = RequestSigning.Decide(
            [], [], "AWS4-HMAC-SHA256 Credential=A/1/eu-west-1/iam/aws4_request", "", out var signature);

        Assert.Null(denial);
        Assert.Equal(("eu-west-1", "iam"), (signature!.Region, signature.Service));
    }

    [Fact]
    public void A_signature_says_where_it_is_and_what_it_covers()
    {
        RequestSigning.Decide(Regions, Services, "AWS4-HMAC-SHA256 Credential=A/1/us-east-1/s3/aws4_request,SignedHeaders=Host;x-amz-date,Signature=0", "?a", out var header);
        RequestSigning.Decide(Regions, Services, "Bearer x", "?X-Amz-SignedHeaders=host%3Brange&X-Amz-Credential=A%2F1%2Fus-east-1%2Fbedrock%2Faws4_request", out var query);
        Assert.Equal("host x-amz-date False True", $"{string.Join(' ', header!.SignedHeaders)} {header.InQuery} {header.IsS3}");
        Assert.Equal("host range True False", $"{string.Join(' ', query!.SignedHeaders)} {query.InQuery} {query.IsS3}");
    }

    [Theory]
    [InlineData(true, false, "chunked_body_not_allowed")]
    [InlineData(true, true, null)]
    [InlineData(false, false, null)]
    public void A_body_without_a_known_length_is_signed_only_when_the_step_says_so(bool chunked, bool allowed, string? reason) =>
        Assert.Equal(reason, RequestSigning.DecideBody(chunked, allowed)?.Code);
}
