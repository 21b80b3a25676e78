using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Mints installation tokens of a GitHub App and sets them on requests.</summary>
public sealed record GithubAppStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "github_app";

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
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => [PrivateKey.Source];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        new()
        {
            Step = this,
            Names = CredentialUse.NamesOf([PrivateKey]),
            Reads = Sources,
            Title = Title,
            Rules = Rules,
            At = At,
            Sets = ["Authorization"],
            TokenEndpoint = ApiUrl,
            Scrubs = ScrubResponses,
            ScrubsStrictly = ScrubStrict,
            For = $"{Issuer} at {Installation}",
            Repositories = Repositories,
            Permissions = [.. Permissions.SelectMany(p => p.Grants)],
        },
    ];

    /// <inheritdoc />
    [JsonIgnore]
    public override IEnumerable<string> StubbedUrls => [ApiUrl];

    /// <inheritdoc />
    public override bool Stubs(CanonicalRequest request) => new GithubApi(ApiUrl) is var api && (api.IsTokenRequest(request) || api.IsRevocation(request));

    /// <summary>The app's client ID, or its numeric ID: the claim <c>iss</c>.</summary>
    public required string Issuer { get; init; }

    /// <summary>The app's private key.</summary>
    public required CredentialPlan PrivateKey { get; init; }

    /// <summary>The installation. Null when <see cref="Owner"/> is set.</summary>
    public long? InstallationId { get; init; }

    /// <summary>The user or organization whose installation is used. Null when <see cref="InstallationId"/> is set.</summary>
    public string? Owner { get; init; }

    /// <summary>Names of the repositories that tokens are for. Empty means all of the installation.</summary>
    public required ImmutableArray<string> Repositories { get; init; }

    /// <summary>What tokens may do, in the order of the file. Empty means all that the installation may.</summary>
    public required ImmutableArray<GithubPermissionPlan> Permissions { get; init; }

    /// <summary>URL of the API, without a slash at its end.</summary>
    public required string ApiUrl { get; init; }

    /// <summary>Whether the token is taken out of responses to requests in scope.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }

    /// <summary>What records call the installation.</summary>
    [JsonIgnore]
    public string Installation => Owner ?? InstallationId?.ToString(CultureInfo.InvariantCulture) ?? "";
}

/// <summary>A permission of installation tokens.</summary>
/// <param name="Name">Its name in GitHub's API.</param>
/// <param name="Access"><c>read</c>, <c>write</c> or <c>admin</c>.</param>
public sealed record GithubPermissionPlan(string Name, string Access)
{
    /// <summary>Whoever has it has those below it, too.</summary>
    internal IEnumerable<string> Grants => (Access switch { "admin" => (string[])["read", "write", "admin"], "write" => ["read", "write"], _ => ["read"] }).Select(a => $"{Name}: {a}");
}
