using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>aws_auth</c>: reads what the workload has signed for (SigV4), and signs the request again with real credentials and the time of now, in the header or in the
/// query, where the signature was. Path, query and body are signed as they are sent. Refusals and redirects of services, which repeat what they were sent, are searched for the
/// credentials.
/// </summary>
public sealed class AwsAuthStep : ScrubbingStep
{
    private const string Authorization = "Authorization";
    private const string Date = "X-Amz-Date";
    private const string Token = "X-Amz-Security-Token";
    private const string ContentHash = "X-Amz-Content-Sha256";
    private const int FirstRefusal = 300;
    private const string Unsigned = "UNSIGNED-PAYLOAD";
    private const string UnsignedParts = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    private const string SignedParts = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    /// <summary>Headers that are made anew, or set by what comes behind the steps. No service asks for their signature.</summary>
    private static readonly FrozenSet<string> NeverSigned = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        Authorization, "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect", "User-Agent", "Cookie", "Accept-Encoding",
        "X-Amzn-Trace-Id", "traceparent", "tracestate");

    private readonly AwsAuthStepPlan _plan;
    private readonly TimeProvider _time;
    private readonly ILive<AwsKeys> _keys;
    private readonly CredentialOutcome _nothing;
    private readonly ScrubbedEntry<AwsKeys> _scrubbedKeys;
    private readonly string[] _places;

    /// <summary>Prepares the step.</summary>
    public AwsAuthStep(AwsAuthStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _time = services.Time;
        _keys = plan.Provider is { } provider
            ? services.AwsIdentity(provider, plan)
            : new ConfiguredAwsKeys(Credential(AwsKeys.Id, AwsKeys.ProblemOfId), Credential(AwsKeys.Secret, AwsKeys.ProblemOfSecret), Find(AwsKeys.Token, AwsKeys.ProblemOfToken));
        _nothing = new CredentialOutcome(plan) { Kind = plan.Type, Rules = plan.Rules, Uses = plan.CredentialUses[0].Names };
        _scrubbedKeys = new ScrubbedEntry<AwsKeys>(plan.Rules, plan.ScrubStrict, _keys, ValuesOf);
        Scrubbed = new ScrubbedEntries(plan, [_scrubbedKeys]);
        _places = [.. plan.SignatureHeaders.Select(PlaceOf)];

        ILive<SecretValue>? Find(string name, Func<SecretValue, string?> findProblem) =>
            plan.Credentials.FirstOrDefault(c => c.Name == name) is { } credential
                ? services.Credential(credential, plan, value => findProblem(value) ?? (plan.ScrubResponses ? ScrubbedValue.FindProblem(value) : null))
                : null;

        ILive<SecretValue> Credential(string name, Func<SecretValue, string?> findProblem) => Find(name, findProblem) ?? throw new PlanException($"The plan's {plan.Type} has no {name}.");
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    public override bool SeesEveryAnswer => _plan.ScrubResponses;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed { get; }

    /// <inheritdoc />
    public override async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.Policy.InScope(_plan.Rules, context.Host, context.Request, out var rule))
        {
            context.Observer?.PassedOver(_nothing);
            return StepOutcome.Continue;
        }

        var outcome = _nothing with { Rule = rule?.At, ScrubsResponse = _plan.ScrubResponses, ScrubsStrictly = _plan.ScrubStrict };
        outcome = !PlanPolicy.MayTravel(allowPlaintext: false, context.Request) ? outcome with { Refusal = Reason.SecretOverPlaintext }
            : context.IsClaimed(_places) ? outcome
            : await SignAsync(context, outcome).ConfigureAwait(false);
        Annotate(context.Step, outcome);
        context.Observer?.Did(outcome);
        return outcome.Refusal is { } refusal ? StepOutcome.Reject(refusal, _plan.At) : StepOutcome.Continue;
    }

    /// <inheritdoc />
    public override ValueTask<StepOutcome> RunAsync(ResponseContext response) =>
        _plan.ScrubResponses || response.Status >= FirstRefusal ? base.RunAsync(response) : new(StepOutcome.Continue);

    /// <inheritdoc />
    public override ValueTask InspectAsync(PlanPolicy policy, CanonicalRequest request, WebSocketMessages messages, MessageReport report, CancellationToken cancellation) =>
        _plan.ScrubResponses ? base.InspectAsync(policy, request, messages, report, cancellation) : ValueTask.CompletedTask;

    /// <summary>All of it that is long enough not to turn up by chance.</summary>
    private IEnumerable<ScrubbedValue> ValuesOf(AwsKeys keys) => new (string Name, SecretValue? Value)[]
    {
        (AwsKeys.Id, keys.AccessKeyId), (AwsKeys.Secret, keys.SecretAccessKey), (AwsKeys.Token, keys.SessionToken),
    }
        .Where(v => v.Value is { } value && ScrubbedValue.CanBeFound(value))
        .Select(v => new ScrubbedValue(_plan.Credentials.FirstOrDefault(c => c.Name == v.Name)?.Source.DisplayName ?? _plan.Provider?.Type ?? v.Name, v.Value!, ScrubbedValue.NoPlaceholder)); // As above.

    private async ValueTask<CredentialOutcome> SignAsync(RequestContext context, CredentialOutcome outcome)
    {
        var refusal = RequestSigning.Decide(_plan.AllowedRegions, _plan.AllowedServices, context.Headers.Find(Authorization), context.Query, out var signature);
        outcome = outcome with { Region = signature?.Region, Service = signature?.Service, Refusal = refusal };
        if (signature is null || refusal is not null)
        {
            return outcome;
        }

        if (PayloadOf(context, signature) is not { } payload)
        {
            context.Step.Annotate("error", "its parts are signed as " + context.Headers.Find(ContentHash));
            return outcome with { Refusal = Reason.UnsupportedPayloadSignature };
        }

        if (RequestSigning.DecideBody(IsChunked(context), _plan.AllowChunkedBody || _plan.UnsignedPayload || payload == AwsPayload.Unsigned) is { } chunked)
        {
            return outcome with { Refusal = chunked };
        }

        AwsKeys keys;
        try
        {
            keys = await _keys.GetAsync(context.Aborted).ConfigureAwait(false);
        }
        catch (SecretUnavailableException e)
        {
            context.Step.Annotate("credential", e.Key ?? _plan.Provider?.Type ?? _plan.Type);
            return outcome with { Refusal = Reason.CredentialUnavailable };
        }

        _scrubbedKeys.Saw(keys);
        var (body, unread) = payload is AwsPayload.Unsigned or AwsPayload.UnsignedParts ? ([], null) : await ReadBodyAsync(context).ConfigureAwait(false);
        return body is null ? outcome with { Refusal = unread } : Sign(context, outcome, signature, payload, keys, body);
    }

    private CredentialOutcome Sign(RequestContext context, CredentialOutcome outcome, AwsSignature signature, AwsPayload payload, AwsKeys keys, byte[] body)
    {
        try
        {
            if (keys.FindProblem() is { } problem)
            {
                context.Step.Annotate("error", "the credentials cannot be sent: one of them " + problem);
                return outcome with { Refusal = Reason.SigningFailed };
            }

            var key = new SigV4(keys.SecretAccessKey, _time.GetUtcNow(), signature.Region, signature.Service);
            var hash = HashOf(context, payload, body);
            context.TryClaim(_places); // Nobody has them, or this one would have left them alone.
            string[] removed = [.. new[] { Authorization, Date, Token, ContentHash }.Where(context.Headers.Remove)];
            var (seed, sets) = signature.InQuery ? SignQuery(context, signature, key, keys, hash) : SignHeaders(context, signature, key, keys, hash);
            if (payload is AwsPayload.SignedParts or AwsPayload.SignedPartsAndTrailers && context.Body.Exists && SignBody(context, body, key, seed, payload) is { } refusal)
            {
                return outcome with { Refusal = refusal };
            }

            context.Record.SecretsUsed++;
            if (IsChunked(context) && payload != AwsPayload.Unsigned)
            {
                context.Step.Annotate("chunked_body", true);
            }

            return outcome with { Removes = [.. removed], Sets = sets };
        }
        catch (CryptographicException e)
        {
            context.Step.Annotate("error", e.GetType().Name);
            return outcome with { Refusal = Reason.SigningFailed };
        }
    }

    private static (string Signature, ImmutableArray<KeyValuePair<string, string>> Sets) SignHeaders(RequestContext context, AwsSignature asked, SigV4 key, AwsKeys keys, string hash)
    {
        context.Headers.Set(Date, key.Time);
        context.Headers.Set(ContentHash, hash);
        List<KeyValuePair<string, string>> sets =
        [
            new(PlaceOf(Authorization), SigV4.Algorithm + " {signature}"),
            new(PlaceOf(Date), "{time}"),
            new(PlaceOf(ContentHash), hash.Contains('-', StringComparison.Ordinal) ? hash : "{SHA-256 of the body}"), // No digit, but in each of the words that stand for one.
        ];
        if (keys.SessionToken is { } token)
        {
            context.Headers.Set(Token, token.Reveal());
            sets.Add(new(PlaceOf(Token), "{session token}"));
        }

        var headers = SignedHeaders(context, asked);
        var signature = key.SignRequest(SigV4.Canonicalize(context.Request.Method!, context.Path, context.Query, headers, hash, asked.IsS3)); // A destination is signed nowhere.
        context.Headers.Set(
            Authorization, $"{SigV4.Algorithm} Credential={keys.AccessKeyId.Reveal()}/{key.Scope}, SignedHeaders={string.Join(';', headers.Select(h => h.Key))}, Signature={signature}");
        return (signature, [.. sets]);
    }

    private static (string Signature, ImmutableArray<KeyValuePair<string, string>> Sets) SignQuery(RequestContext context, AwsSignature asked, SigV4 key, AwsKeys keys, string hash)
    {
        var headers = SignedHeaders(context, asked);
        List<(string Name, string Value, string Shown)> own =
        [
            ("X-Amz-Algorithm", SigV4.Algorithm, SigV4.Algorithm),
            ("X-Amz-Credential", $"{keys.AccessKeyId.Reveal()}/{key.Scope}", "{access key id and scope}"),
            (Date, key.Time, "{time}"),
            ("X-Amz-SignedHeaders", string.Join(';', headers.Select(h => h.Key)), "{names of headers}"),
        ];
        if (keys.SessionToken is { } token)
        {
            own.Add((Token, token.Reveal(), "{session token}"));
        }

        var kept = context.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(p => !AwsSignature.IsParameter(Uri.UnescapeDataString(p.Split('=', 2)[0].Replace('+', ' '))));
        var query = "?" + string.Join('&', kept.Concat(own.Select(p => $"{p.Name}={SigV4.EncodeAll(p.Value)}")));
        var signature = key.SignRequest(SigV4.Canonicalize(context.Request.Method!, context.Path, query, headers, hash, asked.IsS3)); // As above.
        context.Query = $"{query}&X-Amz-Signature={signature}";
        return (signature, [.. own.Select(p => KeyValuePair.Create("query:" + p.Name, p.Shown)), KeyValuePair.Create("query:X-Amz-Signature", "{signature}")]);
    }

    /// <summary>What the workload has signed of what is sent, and what services want to be signed: the host, the kind of the body, and all that is theirs.</summary>
    private static List<KeyValuePair<string, string>> SignedHeaders(RequestContext context, AwsSignature asked)
    {
        var names = context.Headers.Select(h => h.Key.ToLowerInvariant())
            .Where(n => !NeverSigned.Contains(n) && (n == "content-type" || n.StartsWith("x-amz-", StringComparison.Ordinal) || asked.SignedHeaders.Contains(n)))
            .Append("host").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return
        [
            .. names.Select(n => KeyValuePair.Create(
                n,
                n == "host" ? context.Destination.HostHeader : string.Join(',', context.Headers.Where(h => h.Key.Equals(n, StringComparison.OrdinalIgnoreCase)).Select(h => SigV4.TrimValue(h.Value))))),
        ];
    }

    /// <summary>How the body is signed; null for a way that this step does not know.</summary>
    private AwsPayload? PayloadOf(RequestContext context, AwsSignature signature) => context.Headers.Find(ContentHash) switch
    {
        { } parts when parts.StartsWith("STREAMING-", StringComparison.OrdinalIgnoreCase) => signature.InQuery ? null : parts switch
        {
            UnsignedParts => AwsPayload.UnsignedParts,
            SignedParts => AwsPayload.SignedParts,
            SignedParts + "-TRAILER" => AwsPayload.SignedPartsAndTrailers,
            _ => null,
        },

        // Who signs a URL does not know the body, and S3 reads it so.
        _ => _plan.UnsignedPayload || signature is { InQuery: true, IsS3: true } ? AwsPayload.Unsigned : AwsPayload.Whole,
    };

    private static string HashOf(RequestContext context, AwsPayload payload, byte[] body) => payload switch
    {
        AwsPayload.Unsigned => Unsigned,
        AwsPayload.Whole => SigV4.Hash(body),
        _ => context.Headers.Find(ContentHash)!, // It says that there are parts.
    };

    private static Reason? SignBody(RequestContext context, byte[] body, SigV4 key, string seed, AwsPayload payload)
    {
        if (!context.Body.TryReserve(body.Length))
        {
            return Reason.BodyMemory;
        }

        byte[] signed = [.. body]; // Observers see what came.
        if (!SignedBodyParts.TrySign(signed, key, seed, payload == AwsPayload.SignedPartsAndTrailers))
        {
            return Reason.MalformedBody;
        }

        context.Body.Replace(signed);
        return null;
    }

    private static async ValueTask<(byte[]? Body, Reason? Refusal)> ReadBodyAsync(RequestContext context)
    {
        var (bytes, refusal) = await context.ReadBodyAsync().ConfigureAwait(false);
        var (announced, read) = (context.Body.AnnouncedLength, context.Body.BytesRead);
        if (refusal is not null && refusal != Reason.BodyTooLarge && refusal != Reason.MalformedBody)
        {
            return (null, refusal);
        }

        if (announced is not null)
        {
            refusal = refusal == Reason.BodyTooLarge || read >= announced ? refusal : read == 0 ? Reason.BodyMissing : Reason.BodyTruncated;
        }

        if (refusal is null)
        {
            return (bytes, null);
        }

        if (announced is { } length)
        {
            context.Step.Annotate("content_length", length);
            context.Step.Annotate("buffered_length", read);
        }

        return (null, refusal == Reason.MalformedBody ? Reason.BodyReadFailed : refusal);
    }

    private static void Annotate(StepRecord step, CredentialOutcome outcome)
    {
        if (outcome.Refusal is { } refusal)
        {
            step.Annotate("rejected", refusal.Code);
        }
        else if (!outcome.Sets.IsEmpty)
        {
            step.Annotate("injected", outcome.Sets.Select(s => s.Key).ToArray());
        }

        if (outcome is { Region: { } region, Service: { } service })
        {
            step.Annotate("service", service);
            step.Annotate("region", region);
        }
    }

    /// <summary>Whether the body comes without a length. The head says so also where the body is not known, because it is only asked about.</summary>
    private static bool IsChunked(RequestContext context) => context.Body is { Exists: true, AnnouncedLength: null } || context.Received.Find("Transfer-Encoding") is not null;

    private static string PlaceOf(string header) => "header:" + HeaderName.Canonical(header);
}
