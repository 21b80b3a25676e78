using System.Collections.Immutable;
using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>secrets</c>: each entry is decided for itself, in the order of the file. Responses to requests in the scope of an entry with <c>scrub_responses</c> are
/// searched for the values of all such entries: what one host was sent, another one of the same operator may know.
/// </summary>
public sealed class SecretsStep : ScrubbingStep
{
    /// <summary>What the listeners accept at most: a head that was accepted must not become a flood by what is swapped in it.</summary>
    private const int MaxHead = 192 * 1024;

    private readonly SecretsStepPlan _plan;
    private readonly IReadOnlyList<ILive<Secret>> _secrets;
    private readonly ImmutableArray<ScrubbedEntry<Secret>?> _entries;

    /// <summary>Prepares the step.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="secrets">Its entries, in their order.</param>
    public SecretsStep(SecretsStepPlan plan, IReadOnlyList<ILive<Secret>> secrets)
    {
        _plan = plan;
        _secrets = secrets;
        _entries = [.. plan.Secrets.Select((s, i) => s.ScrubResponses == true ? new ScrubbedEntry<Secret>(s.Rules, s.ScrubStrict == true, secrets[i], static secret => secret.Scrubbed) : null)];
        Scrubbed = new ScrubbedEntries(plan, [.. _entries.OfType<ScrubbedEntry>()]);
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed { get; }

    /// <inheritdoc />
    public override async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        List<SecretUse>? swapped = null;
        List<SecretUse>? injected = null;
        for (var i = 0; i < _secrets.Count; i++)
        {
            var entry = _plan.Secrets[i];
            if (!context.Policy.InScope(entry, context.Host, context.Request, out var rule))
            {
                context.Observer?.PassedOver(entry);
                continue;
            }

            Secret secret;
            try
            {
                secret = await _secrets[i].GetAsync(context.Aborted).ConfigureAwait(false);
            }
            catch (SecretUnavailableException)
            {
                return StepOutcome.Reject(Reason.CredentialUnavailable, entry.At);
            }

            if (_entries[i] is { } scrubbed)
            {
                scrubbed.Saw(secret);
                context.Observer?.Scrubs(entry);
            }

            var outcome = secret.Plan.Inject is { } inject
                ? Inject(context, secret, inject, rule?.At)
                : await ReplaceAsync(context, secret, rule?.At).ConfigureAwait(false);
            context.Observer?.Did(outcome);
            if (outcome.Refusal is { } refusal)
            {
                return StepOutcome.Reject(refusal, outcome.At);
            }

            if (outcome.Locations.Count > 0)
            {
                ref var uses = ref secret.Plan.Inject is null ? ref swapped : ref injected;
                (uses ??= []).Add(new SecretUse(secret.Plan.Name, outcome.Locations));
            }
        }

        context.Record.SecretsUsed += (swapped?.Count ?? 0) + (injected?.Count ?? 0);
        if (swapped is not null)
        {
            context.Step.Annotate("swapped", swapped);
        }

        if (injected is not null)
        {
            context.Step.Annotate("injected", injected);
        }

        return StepOutcome.Continue;
    }

    /// <inheritdoc />
    public override ValueTask InspectAsync(PlanPolicy policy, CanonicalRequest request, WebSocketMessages messages, MessageReport report, CancellationToken cancellation)
    {
        var host = policy.Matcher.FindHost(request.Host);
        for (var i = 0; i < _secrets.Count; i++)
        {
            if (_plan.Secrets[i] is { Replace.Body: true } entry && policy.InScope(entry, host, request, out _))
            {
                messages.Add(new SwappedMessages(_secrets[i], policy, request, report));
            }
        }

        return base.InspectAsync(policy, request, messages, report, cancellation);
    }

    private static SecretOutcome Inject(RequestContext context, Secret secret, InjectPlan inject, SourcePosition? rule)
    {
        var location = inject.Header is { } name ? LocationOf(name) : "query:" + inject.QueryParam;

        // An injected value travels always, also where an earlier entry has set the same header.
        var refusal = PlanPolicy.MayTravel(secret.Plan, context.Request) ? null : Reason.SecretOverPlaintext;
        if (refusal is not null || !context.TryClaim(location))
        {
            return new SecretOutcome(secret.Plan, rule, refusal is null || context.IsClaimed(location) ? [] : [location], refusal);
        }

        if (inject.Header is { } header)
        {
            context.Headers.Set(header, secret.InjectedValue!.Reveal()); // Inject mode has it.
        }
        else
        {
            context.Query = QueryString.Set(context.Query, inject.QueryParam!, secret.Value.Reveal()); // Without a header it is a parameter.
        }

        return new SecretOutcome(secret.Plan, rule, [location]);
    }

    private static async ValueTask<SecretOutcome> ReplaceAsync(RequestContext context, Secret secret, SourcePosition? rule)
    {
        var placeholder = secret.Placeholder!; // Replace mode has one.
        var replace = secret.Plan.Replace!;
        List<string>? locations = null;
        int? matches = null;
        var plainInHeader = false;
        foreach (var (name, value) in context.Headers)
        {
            if (placeholder.InHeader(name, value))
            {
                plainInHeader |= placeholder.IsPlainIn(value);
                var location = LocationOf(name);
                if (locations?.Contains(location) != true)
                {
                    (locations ??= []).Add(location);
                }
            }
        }

        if (placeholder.InPath(context.Path))
        {
            (locations ??= []).Add("path");
        }

        if (placeholder.InQuery(context.Query))
        {
            (locations ??= []).Add("query");
        }

        if (plainInHeader && !secret.IsForHeaders)
        {
            return new SecretOutcome(secret.Plan, rule, [], Reason.SecretBeyondAscii, matches);
        }

        if (locations is not null && HeadAfter(context, secret) > MaxHead && Checks.On(Check.HeadLimit))
        {
            return new SecretOutcome(secret.Plan, rule, [], Reason.HeadTooLarge, matches);
        }

        byte[]? newBody = null;
        if (replace.Body && context.Body.Exists)
        {
            (newBody, matches, var refusal) = await ReplaceInBodyAsync(context, secret).ConfigureAwait(false);
            if (refusal is not null)
            {
                return new SecretOutcome(secret.Plan, rule, [], refusal, matches);
            }

            if (newBody is not null)
            {
                (locations ??= []).Add("body");
            }
        }

        if (locations is null)
        {
            return new SecretOutcome(secret.Plan, rule, [], replace.Require && Checks.On(Check.SecretRequired) ? Reason.SecretRequired : null, matches);
        }

        if (!PlanPolicy.MayTravel(secret.Plan, context.Request))
        {
            return new SecretOutcome(secret.Plan, rule, locations, Reason.SecretOverPlaintext, matches);
        }

        Apply(context, secret, newBody);
        return new SecretOutcome(secret.Plan, rule, locations, null, matches);
    }

    /// <summary>How large the head becomes, known before anything of it is made.</summary>
    private static long HeadAfter(RequestContext context, Secret secret)
    {
        var placeholder = secret.Placeholder!; // Replace mode has one.
        var length = Encoding.UTF8.GetByteCount(secret.Value.Reveal());
        var escapedLength = Uri.EscapeDataString(secret.Value.Reveal()).Length;
        var size = placeholder.InPath(context.Path) ? placeholder.LengthEscaped(context.Path, escapedLength) : context.Path.Length;
        size += placeholder.InQuery(context.Query) ? placeholder.LengthEscaped(context.Query, escapedLength) : context.Query.Length;
        foreach (var (name, value) in context.Headers)
        {
            size += placeholder.InHeader(name, value) ? placeholder.LengthInHeader(name, value, length) : value.Length;
        }

        return size;
    }

    private static void Apply(RequestContext context, Secret secret, byte[]? newBody)
    {
        var placeholder = secret.Placeholder!; // Replace mode has one.
        var real = secret.Value.Reveal();
        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, value) = context.Headers[i];
            if (placeholder.InHeader(name, value))
            {
                context.Headers[i] = new(Spelling(secret, name), placeholder.ReplaceInHeader(name, value, real));
            }
        }

        if (placeholder.InPath(context.Path))
        {
            context.Path = placeholder.ReplaceEscaped(context.Path, real);
        }

        if (placeholder.InQuery(context.Query))
        {
            context.Query = placeholder.ReplaceEscaped(context.Query, real);
        }

        if (newBody is not null)
        {
            context.ReplaceBody(newBody);
        }
    }

    /// <summary>A header that proxy.yaml spells out is forwarded with that spelling.</summary>
    private static string Spelling(Secret secret, string name) =>
        secret.Plan.Replace!.Headers.FirstOrDefault(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase))?.Name ?? name;

    private static string LocationOf(string header) => "header:" + HeaderName.Canonical(header);

    /// <summary>The body with the placeholder swapped, without its coding; null when the placeholder is not in it.</summary>
    private static async ValueTask<(byte[]? Body, int? Matches, Reason? Refusal)> ReplaceInBodyAsync(RequestContext context, Secret secret)
    {
        var (bytes, refusal) = await context.ReadDecodedBodyAsync().ConfigureAwait(false);
        if (bytes is null)
        {
            return (null, null, refusal);
        }

        var placeholder = secret.Placeholder!; // Replace mode has one.
        var format = BodyFormat.Of(context.Headers.Find("Content-Type"));
        var matches = placeholder.CountInBody(bytes, format);
        if (matches == 0)
        {
            return (null, 0, null);
        }

        // A placeholder can be far shorter than its value, so that the limit is asked about what would be sent, before it is made.
        var value = format.Encode(secret.Value.Reveal());
        var length = placeholder.LengthInBody(bytes, format, value.Length);
        return context.Policy.DecideWholeBody(length) is { } tooLarge ? (null, matches, tooLarge)
            : !context.Body.TryReserve(length) ? (null, matches, Reason.BodyMemory)
            : (placeholder.ReplaceInBody(bytes, format, value), matches, null);
    }
}
