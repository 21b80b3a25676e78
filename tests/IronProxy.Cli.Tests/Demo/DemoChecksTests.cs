using System.Text.Json;
using IronProxy.Cli.Commands.Demo;

namespace IronProxy.Cli.Tests.Demo;

/// <summary>The demo must not be pleased with a proxy that does its work badly.</summary>
public class DemoChecksTests
{
    private readonly DemoSecrets _secrets = new();
    private readonly DemoRequest _swapped = DemoRequest.Quickstart[2];
    private readonly DemoRequest _blocked = DemoRequest.Quickstart[1];

    private string Real => _secrets.Environment["OPENAI_API_KEY"];

    [Fact]
    public void A_swap_that_went_well_has_no_failures() => Assert.Empty(Failures(Good()));

    [Fact]
    public void A_block_that_went_well_has_no_failures() => Assert.Empty(Failures(Blocked()));

    [Fact]
    public void The_placeholder_at_the_upstream_is_a_failure() =>
        Assert.Contains("the placeholder reached the upstream", Failures(Good() with { Upstream = Seen($"Bearer proxy-openai-abc123 {Real}") }));

    [Fact]
    public void A_missing_real_value_is_a_failure() =>
        Assert.Contains("the upstream did not see the value of OPENAI_API_KEY", Failures(Good() with { Upstream = Seen("Bearer nothing") }));

    [Fact]
    public void A_real_value_in_the_audit_record_is_a_failure() =>
        Assert.Contains("the audit record holds a real secret", Failures(Good() with { Audit = Record("allow", Real) }));

    [Fact]
    public void A_record_without_the_swap_is_a_failure() =>
        Assert.Contains(
            "the audit record does not say that OPENAI_API_KEY was swapped in header:Authorization",
            Failures(Good() with { Audit = Json("""{"audit":{"action":"allow"}}""") }));

    [Fact]
    public void A_missing_record_is_a_failure() => Assert.Contains("there is no audit record", Failures(Good() with { Audit = null }));

    [Fact]
    public void A_wrong_action_is_a_failure() => Assert.Contains("the audit record says 'reject'", Failures(Good() with { Audit = Record("reject", "") }));

    [Fact]
    public void A_blocked_request_that_reaches_the_upstream_is_a_failure() =>
        Assert.Contains("the upstream saw a request that had to be blocked", Failures(Blocked() with { Upstream = Seen("") }));

    [Fact]
    public void A_blocked_request_that_is_answered_is_a_failure() =>
        Assert.NotEmpty(Failures(Blocked() with { Response = new DemoResponse(200, null, "hello") }));

    [Fact]
    public void No_answer_is_a_failure() => Assert.NotEmpty(Failures(Good() with { Response = DemoResponse.Failed("gone") }));

    private IReadOnlyList<string> Failures(DemoOutcome outcome) => DemoChecks.Failures(outcome, _secrets);

    private DemoOutcome Good() => new(_swapped, new DemoResponse(200, null, "{}"), Seen($"Bearer {Real}"), Record("allow", ""));

    private DemoOutcome Blocked() => new(
        _blocked,
        new DemoResponse(403, null, """{"error":"host_not_allowed"}"""),
        null,
        Json("""{"audit":{"action":"reject"},"rejected_by":"allowlist"}"""));

    private static HttpHead Seen(string authorization) => new("GET /headers HTTP/1.1", [("Authorization", authorization)]);

    private static JsonElement Record(string action, string extra) => Json(
        $$$"""
        {"audit":{"action":"{{{action}}}","note":"{{{extra}}}"},
         "request_transforms":[{"name":"secrets","annotations":{"swapped":[{"secret":"OPENAI_API_KEY","locations":["header:Authorization"]}]}}]}
        """);

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
