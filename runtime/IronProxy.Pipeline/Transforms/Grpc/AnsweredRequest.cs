using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Applies what a server of a grpc transform answers about a request. Where the request goes stays: policy has decided about it, and other steps by it. Path and query may
/// be changed to others that no rule of the policy tells from what came.
/// </summary>
internal static class AnsweredRequest
{
    /// <summary>The request as it is now.</summary>
    /// <param name="context">The request.</param>
    /// <param name="headers">Which headers are shown.</param>
    /// <param name="showsBody">Whether its body, which is in memory then, is shown.</param>
    public static ShownRequest Show(RequestContext context, ShownHeaders headers, bool showsBody)
    {
        var body = showsBody ? new ReadOnlyMemory<byte>?(context.Body.InMemory) : null;
        return new ShownRequest(context.Request.Method!, Url(context), context.Destination.HostHeader, headers.Of(context.Headers), body); // A request that steps see has a method.
    }

    /// <summary>Applies an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="shown">What the server was shown.</param>
    /// <param name="answer">What it answers.</param>
    /// <param name="headers">Which headers it may change.</param>
    /// <param name="changed">Gets what is changed, in the notation of the record.</param>
    /// <returns>What is wrong with the answer, or why the request is refused in any case; both null when it was applied.</returns>
    public static async ValueTask<(string? Problem, Reason? Refusal)> ApplyAsync(RequestContext context, ShownRequest shown, ShownRequest answer, ShownHeaders headers, List<string> changed)
    {
        if (answer.Method is not "" && answer.Method != shown.Method)
        {
            return ("it changes the method", null);
        }

        if (answer.Host is not "" && !answer.Host.Equals(shown.Host, StringComparison.OrdinalIgnoreCase))
        {
            return ("it changes the host", null);
        }

        var names = new List<string>();
        if (headers.Apply(context.Headers, shown.Headers, answer.Headers, answer.Body?.Length ?? shown.Body?.Length, names) is { } wrong)
        {
            return (wrong, null);
        }

        changed.AddRange(names.Select(n => "header:" + n));
        if (Retarget(context, shown, answer, changed) is { } elsewhere)
        {
            return (elsewhere, null);
        }

        return answer.Body is { } body && !(shown.Body is { } before && body.Span.SequenceEqual(before.Span))
            ? await ReplaceBodyAsync(context, body, changed).ConfigureAwait(false)
            : (null, null);
    }

    /// <summary>Judges the request as it is now: its path, and what its headers put in the place of method and path.</summary>
    private static string? Retarget(RequestContext context, ShownRequest shown, ShownRequest answer, List<string> changed)
    {
        var request = context.Request;
        var isOther = answer.Url is not "" && answer.Url != shown.Url;
        if (isOther)
        {
            var target = answer.Url;
            if (!target.StartsWith('/'))
            {
                if (CanonicalRequest.TrySplitUrl(answer.Url, out var scheme, out var authority, out target) is not null
                    || scheme != request.Scheme || authority.Host != request.Host || (authority.Port ?? CanonicalRequest.DefaultPort(scheme)) != request.Port)
                {
                    return "its URL leads elsewhere";
                }
            }

            if (RequestTarget.TryCreate(target, out var parsed) is not null)
            {
                return "its URL has a path or query that is refused";
            }

            request = request with { Target = parsed };
            if (!context.Policy.AnswersAlike(context.Host, context.Request, request))
            {
                return "its URL has a path that a rule tells from the one that was judged";
            }
        }

        if ((isOther || changed.Count > 0) && context.Policy.FindConflict(context.Host, request, OverridesOf(context.Headers)) is not null)
        {
            return "it makes a request that servers may read in different ways";
        }

        if (isOther)
        {
            Change("path", context.Path, request.Target.Path, changed);
            Change("query", context.Query, request.Target.Query, changed);
            context.Path = request.Target.Path;
            context.Query = request.Target.Query;
        }

        return null;
    }

    private static void Change(string place, string before, string after, List<string> changed)
    {
        if (before != after)
        {
            changed.Add(place);
        }
    }

    private static RequestOverrides OverridesOf(HeaderLines headers)
    {
        var overrides = default(RequestOverrides);
        foreach (var (name, value) in headers)
        {
            overrides.Add(name, value);
        }

        return overrides;
    }

    private static async ValueTask<(string? Problem, Reason? Refusal)> ReplaceBodyAsync(RequestContext context, ReadOnlyMemory<byte> body, List<string> changed)
    {
        if (!context.Body.Exists)
        {
            return body.IsEmpty ? (null, null) : ("it has a body for a request without one", null);
        }

        // What the workload sends is read to its end first: it is no part of the next request.
        if ((await context.ReadBodyAsync().ConfigureAwait(false)).Refusal is { } refusal)
        {
            return (null, refusal);
        }

        if (context.Policy.DecideWholeBody(body.Length) is not null)
        {
            return ("its body is larger than a step may hold", null);
        }

        if (!context.Body.TryReserve(body.Length))
        {
            return (null, Reason.BodyMemory);
        }

        context.Body.ReplaceCoded(body.ToArray());
        changed.Add("body");
        return (null, null);
    }

    private static string Url(RequestContext context) => $"{context.Destination.Scheme}://{context.Destination.HostHeader}{context.Path}{context.Query}";
}
