using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Signs requests with an HMAC.</summary>
public sealed record HmacSignStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "hmac_sign";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.WholeBody;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => [.. Credentials.Select(c => c.Source)];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        new()
        {
            Step = this,
            Names = CredentialUse.NamesOf(Credentials),
            Reads = Sources,
            Title = Title,
            Rules = Rules,
            At = At,
            Sets = [.. Headers.Select(h => h.Name)],
            ReadsBody = true,
            Signs = $"{Text(Message)} with {Algorithm}, a key in {KeyEncoding}, and times in {TimestampFormat}, as {string.Join(", ", Headers.Select(h => $"{h.Name}: {Text(h.Value)}"))} in {OutputEncoding}",
            Scrubs = ScrubResponses,
            ScrubsStrictly = ScrubStrict,
        },
    ];

    /// <summary><c>unix_seconds</c>, <c>unix_millis</c>, <c>unix_nanos</c> or <c>rfc3339</c>.</summary>
    public required string TimestampFormat { get; init; }

    /// <summary><c>sha256</c>, <c>sha512</c> or <c>sha1</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>How the key is written: <c>raw</c>, <c>base64</c> or <c>hex</c>.</summary>
    public required string KeyEncoding { get; init; }

    /// <summary>How the signature is written: <c>base64</c> or <c>hex</c>.</summary>
    public required string OutputEncoding { get; init; }

    /// <summary>What is signed. Fields: Timestamp, Method, Path, PathWithQuery, Query, Host, Body and Credentials.name.</summary>
    public required ImmutableArray<TemplatePartPlan> Message { get; init; }

    /// <summary>The credentials by the names of the file. The one called <c>secret</c> is the key.</summary>
    public required ImmutableArray<CredentialPlan> Credentials { get; init; }

    /// <summary>Headers to set, in this order.</summary>
    public required ImmutableArray<HmacHeaderPlan> Headers { get; init; }

    /// <summary>When true, bodies without a known length are signed as they came.</summary>
    public bool AllowChunkedBody { get; init; }

    /// <summary>Whether the values of its credentials are taken out of responses to requests in scope.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }

    private static string Text(ImmutableArray<TemplatePartPlan> parts) =>
        string.Concat(parts.Select(p => p.Text ?? (p.Base64 is { } inner ? $"base64({Text(inner)})" : $"{{{p.Field}}}")));
}

/// <summary>A header that the signature or something beside it is sent in.</summary>
/// <param name="Name">Header name, with the letter case in which it is sent over HTTP/1.1.</param>
/// <param name="Value">Its value. Fields: Timestamp, Signature and Credentials.name.</param>
public sealed record HmacHeaderPlan(string Name, ImmutableArray<TemplatePartPlan> Value);
