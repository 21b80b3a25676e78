using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Runs <c>hmac_sign</c>: renders what is signed, signs it (RFC 2104), and sets the headers that carry the signature.</summary>
/// <remarks>Path, query and body are signed as they are sent: behind what earlier steps have put into them, and byte for byte.</remarks>
public sealed class HmacSignStep : ScrubbingStep
{
    /// <summary>Name of the credential that is the key.</summary>
    private const string Key = "secret";

    private const string CredentialPrefix = "Credentials.";

    private readonly HmacSignStepPlan _plan;
    private readonly TimeProvider _time;
    private readonly ImmutableArray<ILive<SecretValue>> _credentials;
    private readonly ImmutableArray<ScrubbedEntry<SecretValue>> _scrubbedValues;
    private readonly string[] _places;

    /// <summary>Prepares the step.</summary>
    public HmacSignStep(HmacSignStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _time = services.Time;
        _credentials = [.. plan.Credentials.Select(c => services.Credential(c, plan, v => FindProblem(c, v)))];
        _scrubbedValues = plan.ScrubResponses
            ? [.. plan.Credentials.Zip(_credentials, (c, live) => new ScrubbedEntry<SecretValue>(plan.Rules, plan.ScrubStrict, live, value => [new ScrubbedValue(c.Source.DisplayName, value, ScrubbedValue.NoPlaceholder)]))]
            : [];
        Scrubbed = new ScrubbedEntries(plan, [.. _scrubbedValues]);
        _places = [.. plan.Headers.Select(h => "header:" + HeaderName.Canonical(h.Name))];
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed { get; }

    /// <inheritdoc />
    public override async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.Policy.InScope(_plan.Rules, context.Host, context.Request, out var rule))
        {
            context.Observer?.PassedOver(new CredentialOutcome(_plan) { Kind = _plan.Type, Rules = _plan.Rules, Uses = _plan.CredentialUses[0].Names });
            return StepOutcome.Continue;
        }

        var signed = false;
        var refusal = await RefuseAsync(context).ConfigureAwait(false);
        if (refusal is null && context.TryClaim(_places))
        {
            try
            {
                await SignAsync(context).ConfigureAwait(false);
                signed = true;
            }
            catch (SecretUnavailableException)
            {
                refusal = Reason.CredentialUnavailable;
            }
        }

        context.Observer?.Did(new CredentialOutcome(_plan)
        {
            Kind = _plan.Type,
            Rules = _plan.Rules,
            Rule = rule?.At,
            Uses = _plan.CredentialUses[0].Names,
            Sets = signed ? [.. _places.Zip(_plan.Headers, (place, header) => KeyValuePair.Create(place, TemplateDescription.Of(header.Value, _plan.Credentials)))] : [],
            Signs = signed ? TemplateDescription.Of(_plan.Message, _plan.Credentials) : null,
            ScrubsResponse = _plan.ScrubResponses,
            ScrubsStrictly = _plan.ScrubStrict,
            Refusal = refusal,
        });
        return refusal is null ? StepOutcome.Continue : StepOutcome.Reject(refusal, _plan.At);
    }

    /// <summary>Whether the request can be signed: over TLS, and with its whole body at hand.</summary>
    private async ValueTask<Reason?> RefuseAsync(RequestContext context) =>
        !PlanPolicy.MayTravel(allowPlaintext: false, context.Request) ? Reason.SecretOverPlaintext
            : RequestSigning.DecideBody(context.Body is { Exists: true, AnnouncedLength: null }, _plan.AllowChunkedBody)
                ?? (await context.ReadBodyAsync().ConfigureAwait(false)).Refusal;

    private async ValueTask SignAsync(RequestContext context)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["Timestamp"] = Timestamp() };
        for (var i = 0; i < _credentials.Length; i++)
        {
            var value = await _credentials[i].GetAsync(context.Aborted).ConfigureAwait(false);
            if (!_scrubbedValues.IsEmpty)
            {
                _scrubbedValues[i].Saw(value);
            }

            values[CredentialPrefix + _plan.Credentials[i].Name] = value.Reveal();
        }

        values["Method"] = context.Request.Method!; // A destination is signed nowhere.
        values["Path"] = context.Path;
        values["PathWithQuery"] = context.Path + context.Query;
        values["Query"] = context.Query.TrimStart('?');
        values["Host"] = context.Destination.Host.Text;
        var message = new ArrayBufferWriter<byte>(256);
        Render(_plan.Message, values, context.Body.InMemory ?? [], message);
        values["Signature"] = Encode(Sign(values[CredentialPrefix + Key], message.WrittenSpan));

        foreach (var header in _plan.Headers)
        {
            var value = new ArrayBufferWriter<byte>(64);
            Render(header.Value, values, [], value);
            context.Headers.Set(header.Name, Encoding.UTF8.GetString(value.WrittenSpan));
        }

        context.Record.SecretsUsed++;
        context.Step.Annotate("injected", _places);
        if (context.Body is { Exists: true, AnnouncedLength: null })
        {
            context.Step.Annotate("chunked_body", true);
        }
    }

    private string Timestamp()
    {
        var now = _time.GetUtcNow();
        return _plan.TimestampFormat switch
        {
            "unix_seconds" => Text(now.ToUnixTimeSeconds()),
            "unix_millis" => Text(now.ToUnixTimeMilliseconds()),
            "unix_nanos" => Text((now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick),
            "rfc3339" => now.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            _ => throw Unknown("timestamp"),
        };

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private byte[] Sign(string key, ReadOnlySpan<byte> message)
    {
        var bytes = Decode(key) ?? []; // A real one was looked at when it was read.
#pragma warning disable CA5350 // The upstream has chosen it; HMAC with SHA-1 is not broken (RFC 6194, 3.3).
        return _plan.Algorithm switch
        {
            "sha256" => HMACSHA256.HashData(bytes, message),
            "sha512" => HMACSHA512.HashData(bytes, message),
            "sha1" => HMACSHA1.HashData(bytes, message),
            _ => throw Unknown("algorithm"),
        };
#pragma warning restore CA5350
    }

    private string Encode(byte[] signature) => _plan.OutputEncoding switch
    {
        "base64" => Convert.ToBase64String(signature),
        "hex" => Convert.ToHexStringLower(signature),
        _ => throw Unknown("output encoding"),
    };

    /// <summary>The bytes of a key; null when it is not written as the plan says.</summary>
    private byte[]? Decode(string key)
    {
        try
        {
            return _plan.KeyEncoding switch
            {
                "raw" => Encoding.UTF8.GetBytes(key),
                "base64" => Convert.FromBase64String(key),
                "hex" => Convert.FromHexString(key),
                _ => throw Unknown("key encoding"),
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private string? FindProblem(CredentialPlan credential, SecretValue value) =>
        credential.Name == Key && Decode(value.Reveal()) is null ? $"is no {_plan.KeyEncoding}"
        : _plan.Headers.Any(h => Uses(h.Value, CredentialPrefix + credential.Name)) && (!HeaderName.IsValidValue(value.Reveal()) || !Ascii.IsValid(value.Reveal()))
            ? "has a line break or another character that cannot be sent in a header"
        : _plan.ScrubResponses ? ScrubbedValue.FindProblem(value)
        : null;

    private static bool Uses(ImmutableArray<TemplatePartPlan> parts, string field) =>
        parts.Any(p => p.Field == field || (p.Base64 is { } inner && Uses(inner, field)));

    private static void Render(ImmutableArray<TemplatePartPlan> parts, Dictionary<string, string> values, ReadOnlySpan<byte> body, ArrayBufferWriter<byte> to)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case { Text: { } literal }:
                    Encoding.UTF8.GetBytes(literal, to);
                    break;
                case { Field: "Body" }:
                    to.Write(body); // As it is: it need not be text.
                    break;
                case { Field: { } field } when values.TryGetValue(field, out var value):
                    Encoding.UTF8.GetBytes(value, to);
                    break;
                case { Base64: { } inner }:
                    var bytes = new ArrayBufferWriter<byte>(64);
                    Render(inner, values, body, bytes);
                    Encoding.UTF8.GetBytes(Convert.ToBase64String(bytes.WrittenSpan), to);
                    break;
                default:
                    throw new PlanException("The plan has a template with a part that this build does not have.");
            }
        }
    }

    private PlanException Unknown(string what) => new($"The plan's {_plan.Type} has a {what} that this build does not have.");
}
