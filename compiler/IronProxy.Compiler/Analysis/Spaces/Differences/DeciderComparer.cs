using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>
/// Compares those who are asked about requests: which, by whom, and what they are shown; and what judges the calls in them. They are told apart by their names.
/// </summary>
internal sealed class DeciderComparer
{
    private readonly ImmutableArray<(Decider? Old, Decider? New)> _pairs;

    public DeciderComparer(ProxyPlan old, ProxyPlan @new, PlanSpaces oldSpaces, PlanSpaces newSpaces)
    {
        var before = Of(old, oldSpaces);
        var after = Of(@new, newSpaces);
        _pairs =
        [
            .. before.Select(b => ((Decider?)b.Value, after.GetValueOrDefault(b.Key))),
            .. after.Where(a => !before.ContainsKey(a.Key)).Select(a => ((Decider?)null, (Decider?)a.Value)),
        ];
    }

    /// <summary>Spaces that the comparison asks about.</summary>
    public IEnumerable<RequestSpace> Spaces => _pairs.SelectMany(p => new[] { p.Old, p.New }).OfType<Decider>().Select(d => d.Scope);

    public IEnumerable<SettingDifference> Compare(SpaceComparer spaces) => _pairs.SelectMany(p => p switch
    {
        ({ } before, { } after) => Compare(before, after, spaces),
        ({ } gone, null) => [new SettingDifference(gone.Setting, SettingDirection.Widens, $"{gone.Name} {gone.Says("is not asked any more", "judges nothing any more")}")],
        (null, { } added) => [new SettingDifference(added.Setting, SettingDirection.Narrows, $"{added.Name} {added.Says("is asked", "judges calls")}")],
        _ => (IEnumerable<SettingDifference>)[],
    });

    private static IEnumerable<SettingDifference> Compare(Decider before, Decider after, SpaceComparer spaces)
    {
        if (!spaces.Difference(before.Scope, after.Scope).IsEmpty)
        {
            yield return new SettingDifference(after.Setting, SettingDirection.Widens, $"{after.Name} {after.Says("is not asked about requests that it was asked about", "leaves out requests that it judged")}");
        }

        if (!spaces.Difference(after.Scope, before.Scope).IsEmpty)
        {
            yield return new SettingDifference(after.Setting, SettingDirection.Narrows, $"{after.Name} {after.Says("is asked about requests that it was not asked about", "judges requests that it left out")}");
        }

        foreach (var change in (before.Step, after.Step) switch
        {
            (GrpcStepPlan was, GrpcStepPlan now) => Compare(was, now),
            (JudgeStepPlan was, JudgeStepPlan now) => Compare(was, now),
            (JsonRpcStepPlan was, JsonRpcStepPlan now) => Compare(was, now),
            (GraphqlStepPlan was, GraphqlStepPlan now) => Compare(was, now),
            _ => [],
        })
        {
            yield return change;
        }
    }

    private static IEnumerable<SettingDifference> Compare(GrpcStepPlan before, GrpcStepPlan after)
    {
        if ((before.Host, before.Port) != (after.Host, after.Port))
        {
            yield return Change($"is asked at {after.Host}:{after.Port}, and was at {before.Host}:{before.Port}");
        }

        if (before.Tls != after.Tls)
        {
            yield return (before.Tls, after.Tls) switch
            {
                (null, _) => new SettingDifference(GrpcStepPlan.TypeName, SettingDirection.Narrows, $"{after.Name} is asked over TLS"),
                (_, null) => new SettingDifference(GrpcStepPlan.TypeName, SettingDirection.Widens, $"{after.Name} is asked without TLS"),
                _ => Change("is asked with other certificates"),
            };
        }

        if (!Headers(before).SequenceEqual(Headers(after), StringComparer.Ordinal))
        {
            yield return Change($"is shown other headers: {string.Join(", ", Headers(after))}");
        }

        foreach (var (what, was, now) in ((string, bool, bool)[])[("request bodies", before.SendRequestBody, after.SendRequestBody), ("response bodies", before.SendResponseBody, after.SendResponseBody)])
        {
            if (was != now)
            {
                yield return Change($"is {(now ? "shown" : "no longer shown")} {what}");
            }
        }

        SettingDifference Change(string change) => new(GrpcStepPlan.TypeName, SettingDirection.Changes, $"{after.Name} {change}");

        static string[] Headers(GrpcStepPlan step) => step.AllowedHeaders is { } allowed
            ? [.. allowed.Select(h => h.Name is { } name ? HeaderName.Canonical(name) : $"/{h.Regex}/").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : ["all"];
    }

    private static IEnumerable<SettingDifference> Compare(JudgeStepPlan before, JudgeStepPlan after)
    {
        if (before.Fallback != after.Fallback)
        {
            yield return after.Fallback == "skip"
                ? new SettingDifference(JudgeStepPlan.TypeName, SettingDirection.Widens, $"without an answer of {after.Name} requests go on")
                : new SettingDifference(JudgeStepPlan.TypeName, SettingDirection.Narrows, $"without an answer of {after.Name} requests are denied");
        }

        if (before.Prompt != after.Prompt)
        {
            yield return Change("has another prompt");
        }

        if ((before.Provider.Type, before.Provider.Model, before.Provider.BaseUrl) != (after.Provider.Type, after.Provider.Model, after.Provider.BaseUrl))
        {
            yield return Change($"asks {after.Provider.Model} at {after.Provider.BaseUrl}, and asked {before.Provider.Model} at {before.Provider.BaseUrl}");
        }

        if (before.Provider.ApiKey.Source.Whole != after.Provider.ApiKey.Source.Whole)
        {
            yield return Change($"asks with {after.Provider.ApiKey.Source.Whole}, and asked with {before.Provider.ApiKey.Source.Whole}");
        }

        if (before.Cache != after.Cache)
        {
            yield return Change(after.Cache is { } cache ? $"remembers {cache.MaxEntries} verdicts for {cache.TtlMs} ms" : "remembers no verdicts");
        }

        SettingDifference Change(string change) => new(JudgeStepPlan.TypeName, SettingDirection.Changes, $"{after.Name} {change}");
    }

    private static IEnumerable<SettingDifference> Compare(JsonRpcStepPlan before, JsonRpcStepPlan after)
    {
        foreach (var difference in new AllowedEntryComparer(JsonRpcStepPlan.TypeName, after.Name, "method").Compare(before.Methods, after.Methods))
        {
            yield return difference;
        }

        if (before.Error != after.Error)
        {
            yield return new SettingDifference(JsonRpcStepPlan.TypeName, SettingDirection.Changes, $"{after.Name} answers denied calls with another error");
        }
    }

    private static IEnumerable<SettingDifference> Compare(GraphqlStepPlan before, GraphqlStepPlan after)
    {
        foreach (var (kind, was, now) in ((string, ImmutableArray<GraphqlFieldPlan>, ImmutableArray<GraphqlFieldPlan>)[])
            [("query", before.Queries, after.Queries), ("mutation", before.Mutations, after.Mutations), ("subscription", before.Subscriptions, after.Subscriptions)])
        {
            foreach (var difference in new AllowedEntryComparer(GraphqlStepPlan.TypeName, after.Name, kind, areNested: true).Compare(Entries(was), Entries(now)))
            {
                yield return difference;
            }
        }

        if (before.Introspection != after.Introspection)
        {
            yield return Toward(after.Introspection, after.Introspection ? "lets the schema be asked for" : "lets the schema be asked for no more");
        }

        if (after.PersistedQueries.Except(before.PersistedQueries, StringComparer.Ordinal).Count() is > 0 and var more)
        {
            yield return Toward(true, $"lets {more} more persisted {(more == 1 ? "query" : "queries")} be used by hash");
        }

        if (before.PersistedQueries.Except(after.PersistedQueries, StringComparer.Ordinal).Count() is > 0 and var less)
        {
            yield return Toward(false, $"lets {less} persisted {(less == 1 ? "query" : "queries")} be used by hash no more");
        }

        foreach (var (what, was, now) in ((string, int, int)[])[("depth", before.MaxDepth, after.MaxDepth), ("number of fields", before.MaxFields, after.MaxFields)])
        {
            if (was != now)
            {
                yield return Toward(now > was, $"limits the {what} to {now}, and did to {was}");
            }
        }

        if (before.Message != after.Message)
        {
            yield return new SettingDifference(GraphqlStepPlan.TypeName, SettingDirection.Changes, $"{after.Name} answers denied operations with another error");
        }

        SettingDifference Toward(bool wider, string change) =>
            new(GraphqlStepPlan.TypeName, wider ? SettingDirection.Widens : SettingDirection.Narrows, $"{after.Name} {change}");

        // Each path beneath a field is something of its own that may be selected.
        static ImmutableArray<AllowedEntryPlan> Entries(ImmutableArray<GraphqlFieldPlan> fields) =>
        [
            .. fields.SelectMany(f => (f.Fields is { } beneath ? beneath.Select(p => $"{f.Field}.{p}").DefaultIfEmpty($"{f.Field} alone") : [f.Field])
                .Select(name => new AllowedEntryPlan { Name = name, When = f.When, At = f.At })),
        ];
    }

    /// <summary>Steps of one kind and name are told apart by their order.</summary>
    private static Dictionary<(string Type, string Name, int Index), Decider> Of(ProxyPlan plan, PlanSpaces spaces) => plan.Steps
        .Select(s => (Step: s, Name: s switch { GrpcStepPlan grpc => grpc.Name, JudgeStepPlan judge => judge.Name, JsonRpcStepPlan calls => calls.Name, GraphqlStepPlan graphql => graphql.Name, _ => null }))
        .Where(s => s.Name is not null)
        .GroupBy(s => (s.Step.Type, Name: s.Name!)) // Those without one are left out.
        .SelectMany(g => g.Select((s, i) => ((g.Key.Type, g.Key.Name, i), new Decider(s.Step.Type, g.Key.Name, s.Step, s.Step.ActsOn[0] is { } rules ? spaces.Matching(rules) : RequestSpace.Everything))))
        .ToDictionary(p => p.Item1, p => p.Item2);

    private sealed record Decider(string Setting, string Name, StepPlan Step, RequestSpace Scope)
    {
        /// <summary>One of two sentences: about somebody who is asked, or about a step that judges by itself.</summary>
        public string Says(string ofAsked, string ofJudging) => Step.Asks is null ? ofJudging : ofAsked;
    }
}
