namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>Variables in which the proxy finds real values. The workload may have them too, but holding the placeholder.</summary>
internal sealed class EnvironmentCheck : IDoctorCheck
{
    public string Id => "environment";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        if (workload.Policy is not { } policy)
        {
            return [Attempt.Of("variables", static () => Outcome.Skipped("without --policy it is not known which ones hold secrets"))];
        }

        return policy.SecretVariables.Count == 0
            ? [Attempt.Of("variables", static () => Outcome.Closed("the policy reads none"))]
            : policy.SecretVariables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => Attempt.Of(v.Key, () => workload.Environment(v.Key) switch
            {
                null or "" => Outcome.Closed("not set"),
                var value when v.Value.Contains(value, StringComparer.Ordinal) => Outcome.Closed("holds the placeholder"),
                _ => Outcome.Hole(
                    "is set, and not to a placeholder",
                    $"set {v.Key} for the proxy alone; here it may hold {(v.Value.IsEmpty ? "nothing" : "the placeholder (proxy_value)")}"),
            }));
    }
}
