using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.GithubApp;

/// <summary>Mints installation tokens of a GitHub App and sets them on requests as Authorization: as a bearer token for the API, and with the scheme Basic for git and git-lfs.</summary>
internal sealed record GithubAppConfig : ConfigRecord
{
    /// <summary>The API of github.com.</summary>
    public const string DefaultApi = "https://api.github.com";

    private const string Read = "read";
    private const string Write = "write";
    private const string Admin = "admin";

    /// <summary>Whether a permission can give a kind of access.</summary>
    public static bool IsAccess(string text) => text is Read or Write or Admin;

    /// <summary>The app's client ID, as its settings show it. Excludes app_id.</summary>
    [Key("client_id")]
    public Located<string>? ClientId { get; init; }

    /// <summary>The app's numeric ID, which older servers of GitHub Enterprise need. Excludes client_id.</summary>
    [Key("app_id", Minimum = 1)]
    public Located<long>? AppId { get; init; }

    /// <summary>Source of the app's private key, in PEM.</summary>
    [Key("private_key", Required = true, Holds = KeyContent.Source)]
    public YamlMapping? PrivateKey { get; init; }

    /// <summary>The installation of the app. Excludes owner.</summary>
    [Key("installation_id", Minimum = 1)]
    public Located<long>? InstallationId { get; init; }

    /// <summary>The organization or user whose installation of the app is used; it is looked up. Excludes installation_id.</summary>
    [Key("owner")]
    public Located<string>? Owner { get; init; }

    /// <summary>Repositories that the token is for: names without their owner. All of the installation when absent.</summary>
    [Key("repositories")]
    public LocatedList<Located<string>>? Repositories { get; init; }

    /// <summary>What the token may do: permissions by their names in GitHub's API, each read, write or admin. All that the installation may when absent, which is warned of.</summary>
    [Key("permissions", Holds = KeyContent.ChoiceMap, OneOf = [Read, Write, Admin])]
    public YamlMapping? Permissions { get; init; }

    /// <summary>URL of the REST API. For GitHub Enterprise Server https://HOST/api/v3.</summary>
    [Key("api_url", Default = DefaultApi)]
    public Located<string>? ApiUrl { get; init; }

    /// <summary>Whether the token is taken out of responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers.</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>Where the transform acts. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
