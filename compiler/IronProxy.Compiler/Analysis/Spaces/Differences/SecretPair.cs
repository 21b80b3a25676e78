using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>The entries of one secret in both plans.</summary>
internal sealed class SecretPair(string name, string mode, SecretPlan[] old, SecretPlan[] @new, RequestSpace oldSpace, RequestSpace newSpace)
{
    public string Name { get; } = name;

    public string Mode { get; } = mode;

    public SecretPlan[] Old { get; } = old;

    public SecretPlan[] New { get; } = @new;

    public RequestSpace OldSpace { get; } = oldSpace;

    public RequestSpace NewSpace { get; } = newSpace;

    public IEnumerable<RequestSpace> Spaces => [OldSpace, NewSpace];

    /// <summary>Pairs the secrets of two plans by name and mode, in that order.</summary>
    public static IEnumerable<SecretPair> Of(ProxyPlan old, ProxyPlan @new, PlanSpaces oldSpaces, PlanSpaces newSpaces)
    {
        var (before, after) = (ByKey(old), ByKey(@new));
        var keys = before.Select(g => g.Key).Concat(after.Select(g => g.Key)).Distinct()
            .OrderBy(k => k.Name, StringComparer.Ordinal).ThenBy(k => k.Mode, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            SecretPlan[] oldEntries = [.. before[key]];
            SecretPlan[] newEntries = [.. after[key]];
            yield return new SecretPair(
                key.Name, key.Mode, oldEntries, newEntries, oldSpaces.Sendable(oldEntries), newSpaces.Sendable(newEntries));
        }
    }

    /// <summary>Changes that no request shows.</summary>
    public IEnumerable<SettingDifference> Settings()
    {
        if (Old.Length == 0 || New.Length == 0)
        {
            yield break;
        }

        if (Switched(s => s.AllowPlaintext) is { } plaintext)
        {
            yield return plaintext
                ? new SettingDifference("allow_plaintext", SettingDirection.Widens, $"{Name} ({Mode}) may travel over http without TLS")
                : new SettingDifference("allow_plaintext", SettingDirection.Narrows, $"{Name} ({Mode}) no longer travels over http without TLS");
        }

        if (Switched(s => s.Replace is { Require: false }) is { } optional)
        {
            yield return optional
                ? new SettingDifference("require", SettingDirection.Widens, $"requests without the placeholder of {Name} are no longer denied")
                : new SettingDifference("require", SettingDirection.Narrows, $"requests without the placeholder of {Name} are denied");
        }

        if (!Places(Old).SequenceEqual(Places(New), StringComparer.Ordinal))
        {
            yield return new SettingDifference(Mode, SettingDirection.Changes, $"{Name} is put into {string.Join(", ", Places(New))}, and was into {string.Join(", ", Places(Old))}");
        }
    }

    private static ILookup<(string Name, string Mode), SecretPlan> ByKey(ProxyPlan plan) =>
        plan.Steps.OfType<SecretsStepPlan>().SelectMany(s => s.Secrets).ToLookup(s => (s.Name, s.Inject is null ? "replace" : "inject"));

    /// <summary>Whether some entry now is what none was (true), or none is any more (false).</summary>
    private bool? Switched(Func<SecretPlan, bool> property) => (Old.Any(property), New.Any(property)) switch
    {
        (false, true) => true,
        (true, false) => false,
        _ => null,
    };

    private static IEnumerable<string> Places(SecretPlan[] entries) =>
        entries.SelectMany(Places).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Places(SecretPlan secret)
    {
        if (secret.Inject is { } inject)
        {
            return [inject.Header is { } header ? $"the header {HeaderName.Canonical(header)}" : $"the query parameter {inject.QueryParam}"];
        }

        var replace = secret.Replace!; // One of the two is set.
        IEnumerable<string> headers = replace.Headers.IsEmpty ? ["any header"] : replace.Headers.Select(h => $"the header {h.Name ?? $"/{h.Regex}/"}");
        return [.. headers, .. replace.Body ? ["the body"] : (string[])[], .. replace.Path ? ["the path"] : (string[])[], .. replace.Query ? ["the query"] : (string[])[]];
    }
}
