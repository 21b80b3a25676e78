using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.GcpAuth;

/// <summary>Mints Google Cloud access tokens and sets them on requests as Authorization.</summary>
internal sealed record GcpAuthConfig : ConfigRecord
{
    /// <summary>Source of the service account's key, as JSON. Excludes keyfile_path and credentials_provider.</summary>
    [Key("keyfile", Holds = KeyContent.Source)]
    public YamlMapping? Keyfile { get; init; }

    /// <summary>Path of the service account's key, as JSON, relative to the proxy's working directory. Excludes keyfile and credentials_provider.</summary>
    [Key("keyfile_path")]
    public Located<string>? KeyfilePath { get; init; }

    /// <summary>Credentials of the machine that the proxy runs on. Excludes keyfile and keyfile_path.</summary>
    [Key("credentials_provider")]
    public ProviderConfig? CredentialsProvider { get; init; }

    /// <summary>User to impersonate through domain-wide delegation. Needs a key.</summary>
    [Key("subject")]
    public Located<string>? Subject { get; init; }

    /// <summary>Scopes to ask for. At least one.</summary>
    [Key("scopes", Required = true)]
    public LocatedList<Located<string>>? Scopes { get; init; }

    /// <summary>Whether the token is taken out of responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers.</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>Where the transform acts. Everywhere when absent or empty.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
