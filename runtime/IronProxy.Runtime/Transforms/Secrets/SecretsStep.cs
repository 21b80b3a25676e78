using System.Text;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Pipeline;
using IronProxy.Runtime.Secrets;
using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Transforms.Secrets;

/// <summary>Runs <c>secrets</c>: each entry is decided for itself, in the order of the file.</summary>
internal sealed class SecretsStep : IRequestStep
{
    /// <summary>What the listeners accept at most: a head that was accepted must not become a flood by what is swapped in it.</summary>
    private const int MaxHead = 192 * 1024;

    private readonly SecretsStepPlan _plan;
    private readonly PlanPolicy _policy;
    private readonly Secret[] _secrets;
    private readonly long _bodyLimit;

    public SecretsStep(SecretsStepPlan plan, PlanPolicy policy, SecretReader reader)
    {
        _plan = plan;
        _policy = policy;
        _secrets = [.. plan.Secrets.Select(s => new Secret(s, reader))];
        _bodyLimit = policy.Plan.BodyLimits.MaxRequestBytes;
    }

    public string Name => _plan.Type;

    public async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        List<SecretUse>? swapped = null;
        List<SecretUse>? injected = null;
        foreach (var secret in _secrets)
        {
            if (!_policy.InScope(secret.Plan, context.Host, context.Request, out var rule))
            {
                continue;
            }

            var at = rule?.At ?? secret.Plan.At;
            if (secret.Plan.Inject is { } inject)
            {
                if (!PlanPolicy.MayTravel(secret.Plan, context.Request))
                {
                    return StepOutcome.Reject(Reason.SecretOverPlaintext, secret.Plan.At);
                }

                if (Inject(context, secret, inject) is { } location)
                {
                    (injected ??= []).Add(new SecretUse(secret.Plan.Name, [location]));
                }

                continue;
            }

            var (locations, refusal) = await ReplaceAsync(context, secret).ConfigureAwait(false);
            if (refusal is not null)
            {
                return StepOutcome.Reject(refusal, secret.Plan.At);
            }

            if (locations is not null)
            {
                (swapped ??= []).Add(new SecretUse(secret.Plan.Name, locations));
            }
            else if (secret.Plan.Replace!.Require && Checks.On(Check.SecretRequired))
            {
                return StepOutcome.Reject(Reason.SecretRequired, at);
            }
        }

        context.Audit.SecretsUsed += (swapped?.Count ?? 0) + (injected?.Count ?? 0);
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

    private static string? Inject(RequestContext context, Secret secret, InjectPlan inject)
    {
        var location = inject.Header is { } name ? "header:" + HeaderName.Canonical(name) : "query:" + inject.QueryParam;

        // Two entries for one place: the first in the order of the file wins.
        if (!(context.Injected ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(location))
        {
            return null;
        }

        if (inject.Header is { } header)
        {
            context.Headers.Set(header, secret.InjectedValue!.Reveal());
        }
        else
        {
            context.Query = QueryString.Set(context.Query, inject.QueryParam!, secret.Value.Reveal());
        }

        return location;
    }

    private async ValueTask<(List<string>? Locations, Reason? Refusal)> ReplaceAsync(RequestContext context, Secret secret)
    {
        var placeholder = secret.Placeholder!;
        List<string>? locations = null;
        byte[]? newBody = null;
        var plainInHeader = false;

        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, values) = context.Headers[i];
            if (Contains(placeholder, name, values))
            {
                (locations ??= []).Add("header:" + HeaderName.Canonical(name));
                plainInHeader |= values.Any(v => v is not null && placeholder.IsPlainIn(v));
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
            return (null, Reason.SecretBeyondAscii);
        }

        if (locations is not null && HeadAfter(context, secret) > MaxHead && Checks.On(Check.HeadLimit))
        {
            return (null, Reason.HeadTooLarge);
        }

        if (secret.Plan.Replace!.Body && context.Body.Exists)
        {
            var (body, refusal) = await ReplaceInBodyAsync(context, secret).ConfigureAwait(false);
            if (refusal is not null)
            {
                return (null, refusal);
            }

            newBody = body;
            if (body is not null)
            {
                (locations ??= []).Add("body");
            }
        }

        if (locations is null)
        {
            return (null, null);
        }

        if (!PlanPolicy.MayTravel(secret.Plan, context.Request))
        {
            return (null, Reason.SecretOverPlaintext);
        }

        Apply(context, secret, newBody);
        return (locations, null);
    }

    /// <summary>How large the head becomes, known before anything of it is made.</summary>
    private static long HeadAfter(RequestContext context, Secret secret)
    {
        var placeholder = secret.Placeholder!;
        var length = Encoding.UTF8.GetByteCount(secret.Value.Reveal());
        var escapedLength = Uri.EscapeDataString(secret.Value.Reveal()).Length;
        var size = placeholder.InPath(context.Path) ? placeholder.LengthEscaped(context.Path, escapedLength) : context.Path.Length;
        size += placeholder.InQuery(context.Query) ? placeholder.LengthEscaped(context.Query, escapedLength) : context.Query.Length;
        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, values) = context.Headers[i];
            foreach (var value in values)
            {
                size += value is null ? 0 : placeholder.InHeader(name, value) ? placeholder.LengthInHeader(name, value, length) : value.Length;
            }
        }

        return size;
    }

    private static void Apply(RequestContext context, Secret secret, byte[]? newBody)
    {
        var placeholder = secret.Placeholder!;
        var value = secret.Value.Reveal();
        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, values) = context.Headers[i];
            if (Contains(placeholder, name, values))
            {
                var replaced = values.Select(v => v is null ? null : placeholder.ReplaceInHeader(name, v, value)).ToArray();
                name = Spelling(secret, name);
                context.Headers[i] = new(name, new StringValues(replaced));
            }
        }

        if (placeholder.InPath(context.Path))
        {
            context.Path = placeholder.ReplaceEscaped(context.Path, value);
        }

        if (placeholder.InQuery(context.Query))
        {
            context.Query = placeholder.ReplaceEscaped(context.Query, value);
        }

        if (newBody is not null)
        {
            context.Body.Replace(newBody);
            context.Headers.Remove("Content-Encoding");
        }
    }

    /// <summary>A header that proxy.yaml spells out is forwarded with that spelling.</summary>
    private static string Spelling(Secret secret, string name) =>
        secret.Plan.Replace!.Headers.FirstOrDefault(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase))?.Name ?? name;

    private static bool Contains(Placeholder placeholder, string name, StringValues values)
    {
        foreach (var value in values)
        {
            if (value is not null && placeholder.InHeader(name, value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The body with the placeholder swapped, decoded when it was compressed; null when the placeholder is not in it.</summary>
    private async ValueTask<(byte[]? Body, Reason? Refusal)> ReplaceInBodyAsync(RequestContext context, Secret secret)
    {
        var (bytes, refusal) = await context.Body.ReadWholeAsync(_bodyLimit, context.Aborted).ConfigureAwait(false);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        // What an earlier entry already swapped is no longer encoded.
        var encoding = Header(context.Headers, "Content-Encoding");
        if (!ContentCoding.IsIdentity(encoding) && Checks.On(Check.BodyEncoding))
        {
            if (!ContentCoding.TryDecode(encoding!, bytes, _bodyLimit, out var decoded))
            {
                return (null, Reason.BodyEncoding);
            }

            if (decoded.Length > _bodyLimit)
            {
                return (null, Reason.BodyTooLarge);
            }

            if (!context.Body.TryReserve(decoded.Length))
            {
                return (null, Reason.BodyMemory);
            }

            bytes = decoded;
        }

        var placeholder = secret.Placeholder!;
        var format = BodyFormat.Of(Header(context.Headers, "Content-Type"));
        if (placeholder.CountInBody(bytes, format) == 0)
        {
            return (null, null);
        }

        // A placeholder can be far shorter than its value, so that the limit is asked about what would be sent, before it is made.
        var value = format.Encode(secret.Value.Reveal());
        var length = placeholder.LengthInBody(bytes, format, value.Length);
        return _policy.DecideWholeBody(length) is { } tooLarge ? (null, tooLarge)
            : !context.Body.TryReserve(length) ? (null, Reason.BodyMemory)
            : (placeholder.ReplaceInBody(bytes, format, value), null);
    }

    private static string? Header(OutgoingHeaders headers, string name)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (string.Equals(headers[i].Key, name, StringComparison.OrdinalIgnoreCase))
            {
                return headers[i].Value.ToString();
            }
        }

        return null;
    }
}
