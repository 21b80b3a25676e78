using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.GcpIdToken;

/// <summary>Mints Google identity tokens for an audience and sets them on requests.</summary>
internal sealed record GcpIdTokenConfig : ConfigRecord
{
    /// <summary>The header of requests that have no other authorization.</summary>
    public const string Authorization = "Authorization";

    /// <summary>The claim aud: usually the URL of the service.</summary>
    [Key("audience", Required = true)]
    public Located<string>? Audience { get; init; }

    /// <summary>Source of the service account's key, as JSON. Excludes keyfile_path.</summary>
    [Key("keyfile", Holds = KeyContent.Source)]
    public YamlMapping? Keyfile { get; init; }

    /// <summary>Path of the service account's key, as JSON, relative to the proxy's working directory. Excludes keyfile.</summary>
    [Key("keyfile_path")]
    public Located<string>? KeyfilePath { get; init; }

    /// <summary>
    /// Header to set to Bearer and the token: the two that Cloud Run reads. X-Serverless-Authorization leaves Authorization to the service itself.
    /// </summary>
    [Key("header", Default = Authorization, OneOf = [Authorization, "X-Serverless-Authorization"])]
    public Located<string>? Header { get; init; }

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
