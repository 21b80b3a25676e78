using System.Text.Json;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>Compares what became of a request with what had to, and names each difference.</summary>
internal static class DemoChecks
{
    public static IReadOnlyList<string> Failures(DemoOutcome outcome, DemoSecrets secrets)
    {
        var failures = new List<string>();
        if (outcome.Request.Allowed)
        {
            CheckAllowed(outcome, failures);
        }
        else
        {
            CheckDenied(outcome, failures);
        }

        if (outcome.Request.Swap is { } swap)
        {
            CheckSwap(outcome, swap, secrets, failures);
        }

        CheckAudit(outcome, secrets, failures);
        return failures;
    }

    private static void CheckAllowed(DemoOutcome outcome, List<string> failures)
    {
        Expect(outcome.Response.Status == 200, $"the client got {outcome.Response.Status} instead of 200: {outcome.Response.Body}", failures);
        Expect(outcome.Upstream is not null, "the upstream saw nothing", failures);
    }

    private static void CheckDenied(DemoOutcome outcome, List<string> failures)
    {
        Expect(outcome.Response.Status == 403, $"the client got {outcome.Response.Status} instead of 403: {outcome.Response.Body}", failures);
        Expect(outcome.Upstream is null, "the upstream saw a request that had to be blocked", failures);
        Expect(
            outcome.Response.Body.Contains("host_not_allowed", StringComparison.Ordinal),
            "the answer does not give the reason host_not_allowed",
            failures);
    }

    private static void CheckSwap(DemoOutcome outcome, DemoSwap swap, DemoSecrets secrets, List<string> failures)
    {
        var seen = outcome.Upstream is { } head ? Text(head) : "";
        Expect(seen.Contains(secrets.Environment[swap.Secret], StringComparison.Ordinal), $"the upstream did not see the value of {swap.Secret}", failures);
        Expect(!seen.Contains(swap.Placeholder, StringComparison.Ordinal), "the placeholder reached the upstream", failures);
        Expect(
            outcome.Audit is { } audit && Swaps(audit).Contains((swap.Secret, swap.Location)),
            $"the audit record does not say that {swap.Secret} was swapped in {swap.Location}",
            failures);
    }

    private static void CheckAudit(DemoOutcome outcome, DemoSecrets secrets, List<string> failures)
    {
        if (outcome.Audit is not { } record)
        {
            failures.Add("there is no audit record");
            return;
        }

        var action = record.GetProperty("audit").GetProperty("action").GetString();
        Expect(action == "allow" == outcome.Request.Allowed, $"the audit record says '{action}'", failures);
        Expect(
            outcome.Request.Allowed || (record.TryGetProperty("rejected_by", out var by) && by.GetString() == "allowlist"),
            "the audit record does not say that the allowlist rejected the request",
            failures);
        Expect(!secrets.AppearIn(record.GetRawText()), "the audit record holds a real secret", failures);
    }

    /// <summary>The swaps of a record: <c>request_transforms[].annotations.swapped[].{secret, locations[]}</c>.</summary>
    private static IEnumerable<(string Secret, string Location)> Swaps(JsonElement record)
    {
        foreach (var step in Elements(record, "request_transforms"))
        {
            if (step.TryGetProperty("annotations", out var annotations))
            {
                foreach (var swap in Elements(annotations, "swapped"))
                {
                    foreach (var location in Elements(swap, "locations"))
                    {
                        yield return (swap.GetProperty("secret").GetString() ?? "", location.GetString() ?? "");
                    }
                }
            }
        }
    }

    private static JsonElement.ArrayEnumerator Elements(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray()
            : default;

    private static string Text(HttpHead head) => string.Join('\n', [head.FirstLine, .. head.Headers.Select(h => $"{h.Name}: {h.Value}")]);

    private static void Expect(bool fine, string otherwise, List<string> failures)
    {
        if (!fine)
        {
            failures.Add(otherwise);
        }
    }
}
