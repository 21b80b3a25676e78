using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Puts real credentials into requests, at the boundary.</summary>
public sealed record SecretsStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "secrets";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => Secrets.Any(s => s.Replace is { Body: true }) ? StepNeeds.WholeBody : StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [.. Secrets.Select(s => s.Rules)];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => [.. Secrets.Select(s => s.Source)];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<VariableUse> Variables =>
        [.. Secrets.SelectMany(s => s.Source.Variables.Select(v => v with { Placeholder = s.Replace?.ProxyValue }))];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        .. Secrets.Select(s => new CredentialUse
        {
            Step = this,
            Names = [s.Name],
            Reads = [s.Source],
            Title = $"the secret {s.Name}",
            Rules = s.Rules,
            At = s.At,
            AllowPlaintext = s.AllowPlaintext,
            Sets = s.Inject?.Header is { } header ? [header] : [],
            Parameter = s.Inject?.QueryParam,
            Needs = s.Replace is { } replace ? [.. replace.Headers.Select(h => h.Name).OfType<string>()] : [],
            ReadsBody = s.Replace is { Body: true },
            Scrubs = s.ScrubResponses == true,
            ScrubsStrictly = s.ScrubStrict == true,
            Secret = s,
        }),
    ];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<HeaderPatternPlan> HeaderPatterns => [.. Secrets.SelectMany(s => s.Replace?.Headers ?? [])];

    /// <summary>The entries, in the order of the file.</summary>
    public required ImmutableArray<SecretPlan> Secrets { get; init; }
}

/// <summary>One credential: where it is read, how it is applied, and where it may go.</summary>
public sealed record SecretPlan
{
    /// <summary>Name for logs and audit records: the variable or the file's base name, never the value.</summary>
    public required string Name { get; init; }

    /// <summary>Where the value is read.</summary>
    public required SecretSourcePlan Source { get; init; }

    /// <summary>Set on every matching request. Exactly one of this and <see cref="Replace"/> is set.</summary>
    public InjectPlan? Inject { get; init; }

    /// <summary>Swapped for a placeholder that the workload sends.</summary>
    public ReplacePlan? Replace { get; init; }

    /// <summary>Index of the rule set that says where the secret may go. Null means everywhere.</summary>
    public int? Rules { get; init; }

    /// <summary>When true, the secret may be sent over http without TLS.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>
    /// True when the value is taken out of responses to requests in the entry's scope. Null when it is not, so that such a plan has the bytes that it had before
    /// there was a choice.
    /// </summary>
    public bool? ScrubResponses { get; init; }

    /// <summary>True when such a response is refused if it cannot be searched; null when it is not.</summary>
    public bool? ScrubStrict { get; init; }

    /// <summary>Where the entry is written.</summary>
    public required SourcePosition At { get; init; }
}

/// <summary>Sets a header or a query parameter. Exactly one of the names is set.</summary>
public sealed record InjectPlan
{
    /// <summary>Header name, with the letter case in which it is sent over HTTP/1.1.</summary>
    public string? Header { get; init; }

    /// <summary>Query parameter name.</summary>
    public string? QueryParam { get; init; }

    /// <summary>How the header's value is made. Null means the value alone.</summary>
    public ImmutableArray<TemplatePartPlan>? Format { get; init; }
}

/// <summary>A piece of a value template. Exactly one member is set.</summary>
public sealed record TemplatePartPlan
{
    /// <summary>Literal text.</summary>
    public string? Text { get; init; }

    /// <summary>Name of a value that the runtime fills in, such as <c>Value</c>.</summary>
    public string? Field { get; init; }

    /// <summary>Parts that are joined and then encoded as base64 (RFC 4648, section 4).</summary>
    public ImmutableArray<TemplatePartPlan>? Base64 { get; init; }
}

/// <summary>Swaps a placeholder for the real value wherever it is looked for.</summary>
public sealed record ReplacePlan
{
    /// <summary>The placeholder that the workload sends.</summary>
    public required string ProxyValue { get; init; }

    /// <summary>Headers that are scanned. Empty means all.</summary>
    public required ImmutableArray<HeaderPatternPlan> Headers { get; init; }

    /// <summary>Whether the request body is scanned.</summary>
    public bool Body { get; init; }

    /// <summary>Whether the path is scanned.</summary>
    public bool Path { get; init; }

    /// <summary>Whether the query is scanned.</summary>
    public bool Query { get; init; }

    /// <summary>When true, a matching request without the placeholder is denied.</summary>
    public bool Require { get; init; }
}
