using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Transforms;

public class TemplateRendererTests
{
    [Fact]
    public void A_bearer_token() =>
        Assert.Equal("Bearer v", TemplateRenderer.Render([new() { Text = "Bearer " }, new() { Field = "Value" }], "v"));

    [Fact]
    public void Basic_credentials_are_joined_before_they_are_encoded() =>
        Assert.Equal(
            "Basic eC1hY2Nlc3MtdG9rZW46Z2hwX2FiYzEyMw==",
            TemplateRenderer.Render([new() { Text = "Basic " }, new() { Base64 = [new() { Text = "x-access-token:" }, new() { Field = "Value" }] }], "ghp_abc123"));

    [Fact]
    public void A_field_of_a_newer_compiler_stops_the_start() =>
        Assert.Throws<PlanException>(() => TemplateRenderer.Render([new() { Field = "Timestamp" }], "v"));
}
