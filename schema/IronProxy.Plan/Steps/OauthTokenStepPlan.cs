using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Mints OAuth 2 access tokens and sets them on requests.</summary>
public sealed record OauthTokenStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "oauth_token";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [.. Tokens.Select(t => (int?)t.Rules)];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => [.. Tokens.SelectMany(t => t.AllCredentials).Select(c => c.Source)];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        .. Tokens.Select(t => new CredentialUse
        {
            Step = this,
            Names = CredentialUse.NamesOf(t.AllCredentials),
            Reads = [.. t.AllCredentials.Select(c => c.Source)],
            Title = $"the token of {t.TokenEndpoint}",
            Rules = t.Rules,
            At = t.At,
            Sets = [t.Header],
            Needs = t.RequireStub ? [t.Header] : [],
            TokenEndpoint = t.TokenEndpoint,
            RequireStub = t.RequireStub,
            GoesWithout = t.GoesWithout,
            Scrubs = t.ScrubResponses,
            ScrubsStrictly = t.ScrubStrict,
            Scopes = t.Scopes,
            For = t.Audience,
        }),
    ];

    /// <inheritdoc />
    [JsonIgnore]
    public override IEnumerable<string> StubbedUrls => Tokens.Select(t => t.TokenEndpoint);

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<FileUse> WrittenFiles => [.. Tokens.Where(t => t.StateFile is not null).Select(t => new FileUse(t.StateFile!, t.At))]; // As the line says.

    /// <inheritdoc />
    public override bool Stubs(CanonicalRequest request) => TokenStubs.Find(Tokens, request) is not null;

    /// <summary>The entries, in the order of the file. The first whose rules match a request is used.</summary>
    public required ImmutableArray<OauthTokenPlan> Tokens { get; init; }
}

/// <summary>One way to a token, and where the token may go.</summary>
public sealed record OauthTokenPlan
{
    /// <summary><c>refresh_token</c>, <c>client_credentials</c>, <c>password</c> or <c>jwt_bearer</c>.</summary>
    public required string Grant { get; init; }

    /// <summary>URL that credentials are exchanged at. Requests of the workload to it are answered with a stub token.</summary>
    public required string TokenEndpoint { get; init; }

    /// <summary>Scopes to ask for.</summary>
    public required ImmutableArray<string> Scopes { get; init; }

    /// <summary>The credentials of the grant, named by their keys.</summary>
    public required ImmutableArray<CredentialPlan> Credentials { get; init; }

    /// <summary>
    /// Path of the file that rotated refresh tokens are written to, relative to the proxy's working directory. Null keeps them in memory alone. Set for
    /// <c>refresh_token</c> alone.
    /// </summary>
    public string? StateFile { get; init; }

    /// <summary>The claim <c>aud</c> of the assertion (RFC 7523). Set for <c>jwt_bearer</c> alone.</summary>
    public string? Audience { get; init; }

    /// <summary>Headers of the request to the token endpoint, with the letter case in which they are sent.</summary>
    public required ImmutableArray<CredentialPlan> TokenEndpointHeaders { get; init; }

    /// <summary>Header to set, with the letter case in which it is sent over HTTP/1.1.</summary>
    public required string Header { get; init; }

    /// <summary>What stands before the token in the header's value.</summary>
    public required string ValuePrefix { get; init; }

    /// <summary>When true, a matching request that does not carry the stub token is denied.</summary>
    public bool RequireStub { get; init; }

    /// <summary>When true, a matching request goes on without the token while none can be minted.</summary>
    public bool GoesWithout { get; init; }

    /// <summary>Whether the token is taken out of responses to requests in scope.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the token may go.</summary>
    public required int Rules { get; init; }

    /// <summary>Where the entry is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>All that is sent to the token endpoint.</summary>
    [JsonIgnore]
    public ImmutableArray<CredentialPlan> AllCredentials => Credentials.AddRange(TokenEndpointHeaders);
}
