using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>The entries of one secret or other credential in both plans.</summary>
internal sealed class SecretPair(string name, string mode, CredentialUse[] old, CredentialUse[] @new, RequestSpace oldSpace, RequestSpace newSpace)
{
    public string Name { get; } = name;

    public string Mode { get; } = mode;

    public CredentialUse[] Old { get; } = old;

    public CredentialUse[] New { get; } = @new;

    public RequestSpace OldSpace { get; } = oldSpace;

    public RequestSpace NewSpace { get; } = newSpace;

    public IEnumerable<RequestSpace> Spaces => [OldSpace, NewSpace, .. Moved.SelectMany(m => new[] { m.Now, m.Before })];

    /// <summary>Where several values have the name, or the place changed: each place, the requests that had some value of the name and have this one now, and those that had it before.</summary>
    private (string Place, RequestSpace Now, RequestSpace Before)[] Moved { get; init; } = [];

    /// <summary>Pairs the secrets of two plans by name and mode, in that order.</summary>
    public static IEnumerable<SecretPair> Of(ProxyPlan old, ProxyPlan @new, PlanSpaces oldSpaces, PlanSpaces newSpaces)
    {
        var (before, after) = (ByKey(old), ByKey(@new));
        var keys = before.Select(g => g.Key).Concat(after.Select(g => g.Key)).Distinct()
            .OrderBy(k => k.Name, StringComparer.Ordinal).ThenBy(k => k.Mode, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            CredentialUse[] oldEntries = [.. before[key]];
            CredentialUse[] newEntries = [.. after[key]];
            var oldSpace = oldSpaces.Sendable(oldEntries);
            string[] places = [.. PlacesOf(newEntries, key.Name)];
            yield return new SecretPair(key.Name, key.Mode, oldEntries, newEntries, oldSpace, newSpaces.Sendable(newEntries))
            {
                Moved = places.Union(PlacesOf(oldEntries, key.Name), StringComparer.Ordinal).Skip(1).Any()
                    ? [.. places.Select(p => (p, newSpaces.Sendable(From(newEntries, p)).And(oldSpace), oldSpaces.Sendable(From(oldEntries, p))))]
                    : [],
            };
        }
    }

    /// <summary>Changes that no request shows.</summary>
    public IEnumerable<SettingDifference> Settings(SpaceComparer spaces)
    {
        if (Old.Length == 0 || New.Length == 0)
        {
            yield break;
        }

        foreach (var (place, now, before) in Moved)
        {
            if (!spaces.Difference(now, before).IsEmpty)
            {
                yield return new SettingDifference("source", SettingDirection.Widens, $"{Name} ({Mode}) is {place} in requests where it was another one");
            }
        }

        if (Switched(s => s.AllowPlaintext) is { } plaintext)
        {
            yield return plaintext
                ? new SettingDifference("allow_plaintext", SettingDirection.Widens, $"{Name} ({Mode}) may travel over http without TLS")
                : new SettingDifference("allow_plaintext", SettingDirection.Narrows, $"{Name} ({Mode}) no longer travels over http without TLS");
        }

        if (Switched(s => s.Secret?.Replace is { Require: false }) is { } optional)
        {
            yield return optional
                ? new SettingDifference("require", SettingDirection.Widens, $"requests without the placeholder of {Name} are no longer denied")
                : new SettingDifference("require", SettingDirection.Narrows, $"requests without the placeholder of {Name} are denied");
        }

        if (Switched(s => s is { TokenEndpoint: not null, RequireStub: false }) is { } unasked)
        {
            yield return unasked
                ? new SettingDifference("require_stub", SettingDirection.Widens, $"requests without the stub token of {Name} are no longer denied")
                : new SettingDifference("require_stub", SettingDirection.Narrows, $"requests without the stub token of {Name} are denied");
        }

        if (Switched(s => s.GoesWithout) is { } without)
        {
            yield return without
                ? new SettingDifference("require", SettingDirection.Widens, $"requests go on without {Name} while no token can be minted")
                : new SettingDifference("require", SettingDirection.Narrows, $"requests are denied while no token of {Name} can be minted");
        }

        if (Switched(s => !s.Scrubs) is { } unscrubbed)
        {
            yield return unscrubbed
                ? new SettingDifference("scrub_responses", SettingDirection.Widens, $"{Name} ({Mode}) is no longer taken out of responses")
                : new SettingDifference("scrub_responses", SettingDirection.Narrows, $"{Name} ({Mode}) is taken out of responses");
        }

        if (Switched(s => !s.ScrubsStrictly) is { } lenient)
        {
            yield return lenient
                ? new SettingDifference("scrub_strict", SettingDirection.Widens, $"responses that cannot be searched for {Name} ({Mode}) are no longer refused")
                : new SettingDifference("scrub_strict", SettingDirection.Narrows, $"responses that cannot be searched for {Name} ({Mode}) are refused");
        }

        if (!Places(Old).SequenceEqual(Places(New), StringComparer.Ordinal))
        {
            yield return new SettingDifference(Mode, SettingDirection.Changes, $"{Name} is put into {string.Join(", ", Places(New))}, and was into {string.Join(", ", Places(Old))}");
        }

        foreach (var setting in (IEnumerable<SettingDifference?>)[
            Values("token_endpoint", "is sent to", u => u.TokenEndpoint is { } url ? [url] : [], emptyIsAll: false),
            Values("scopes", "asks for", u => u.Scopes, emptyIsAll: false),
            Values("permissions", "asks for", u => u.Permissions, emptyIsAll: true),
            Values("repositories", "is for", u => u.Repositories, emptyIsAll: true),
            Values("allowed_regions", "signs for", u => u.Regions, emptyIsAll: true),
            Values("allowed_services", "signs for", u => u.Services, emptyIsAll: true)])
        {
            if (setting is not null)
            {
                yield return setting;
            }
        }

        if ((Signatures(Old), Signatures(New)) is ({ Length: > 0 } signed, { Length: > 0 } signs) && !signed.SequenceEqual(signs, StringComparer.Ordinal))
        {
            yield return new SettingDifference(Mode, SettingDirection.Changes, $"{Name} signs {Listed(signs)}; before: {Listed(signed)}");
        }

        if (!Whom(Old).SequenceEqual(Whom(New), StringComparer.Ordinal))
        {
            yield return new SettingDifference(Mode, SettingDirection.Changes, $"tokens of {Name} are for {Listed(Whom(New))}, and were for {Listed(Whom(Old))}");
        }
    }

    private static IEnumerable<string> PlacesOf(CredentialUse[] uses, string name) =>
        uses.SelectMany(u => u.Reads).Where(s => s.DisplayName == name).Select(s => s.Whole).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<CredentialUse> From(CredentialUse[] uses, string place) => uses.Where(u => u.Reads.Any(s => s.Whole == place));

    private static ILookup<(string Name, string Mode), CredentialUse> ByKey(ProxyPlan plan) =>
        plan.CredentialUses.SelectMany(use => use.Names, (use, name) => (Key: (name, use.Mode), Use: use)).ToLookup(u => u.Key, u => u.Use);

    /// <summary>Compares lists of values: whatever the new entries have more is wider.</summary>
    private SettingDifference? Values(string setting, string verb, Func<CredentialUse, IEnumerable<string>> values, bool emptyIsAll)
    {
        var (before, after) = (Union(Old), Union(New));
        if (before is null ? after is null : after?.SequenceEqual(before, StringComparer.Ordinal) == true)
        {
            return null;
        }

        var wider = after is null || (before is not null && after.Except(before, StringComparer.Ordinal).Any());
        return new SettingDifference(setting, wider ? SettingDirection.Widens : SettingDirection.Narrows, $"{Name} ({Mode}) {verb} {Listed(after)}; before: {Listed(before)}");

        string[]? Union(CredentialUse[] uses) => emptyIsAll && uses.Any(u => !values(u).Any())
            ? null
            : [.. uses.SelectMany(values).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static string Listed(string[]? values) => values is null ? "all" : values.Length == 0 ? "none" : string.Join(", ", values);

    private static string[] Signatures(CredentialUse[] uses) => [.. uses.Select(u => u.Signs).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string[] Whom(CredentialUse[] uses) => [.. uses.Select(u => u.For).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether some entry now is what none was (true), or none is any more (false).</summary>
    private bool? Switched(Func<CredentialUse, bool> property) => (Old.Any(property), New.Any(property)) switch
    {
        (false, true) => true,
        (true, false) => false,
        _ => null,
    };

    private static IEnumerable<string> Places(CredentialUse[] entries) =>
        entries.SelectMany(Places).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Places(CredentialUse use)
    {
        if (use.Secret is not { } secret)
        {
            return use.Sets.Select(h => $"the header {HeaderName.Canonical(h)}");
        }

        if (secret.Inject is { } inject)
        {
            return [inject.Header is { } header ? $"the header {HeaderName.Canonical(header)}" : $"the query parameter {inject.QueryParam}"];
        }

        var replace = secret.Replace!; // One of the two is set.
        IEnumerable<string> headers = replace.Headers.IsEmpty ? ["any header"] : replace.Headers.Select(h => $"the header {h.Name ?? $"/{h.Regex}/"}");
        return [.. headers, .. replace.Body ? ["the body"] : (string[])[], .. replace.Path ? ["the path"] : (string[])[], .. replace.Query ? ["the query"] : (string[])[]];
    }
}
