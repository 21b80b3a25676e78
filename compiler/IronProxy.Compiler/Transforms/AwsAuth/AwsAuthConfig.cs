using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.AwsAuth;

/// <summary>Signs requests of AWS SDKs again, with real credentials. The workload signs with placeholders.</summary>
internal sealed record AwsAuthConfig : ConfigRecord
{
    /// <summary>The access key's id. Excludes credentials_provider.</summary>
    [Key("access_key_id", Holds = KeyContent.Source)]
    public YamlMapping? AccessKeyId { get; init; }

    /// <summary>The secret access key. Excludes credentials_provider.</summary>
    [Key("secret_access_key", Holds = KeyContent.Source)]
    public YamlMapping? SecretAccessKey { get; init; }

    /// <summary>The session token of temporary credentials. Excludes credentials_provider.</summary>
    [Key("session_token", Holds = KeyContent.Source)]
    public YamlMapping? SessionToken { get; init; }

    /// <summary>Credentials of the machine that the proxy runs on. Excludes the access key.</summary>
    [Key("credentials_provider")]
    public AwsProviderConfig? CredentialsProvider { get; init; }

    /// <summary>Regions that are signed for. Absent or empty signs for all.</summary>
    [Key("allowed_regions")]
    public LocatedList<Located<string>>? AllowedRegions { get; init; }

    /// <summary>Services that are signed for. Absent or empty signs for all.</summary>
    [Key("allowed_services")]
    public LocatedList<Located<string>>? AllowedServices { get; init; }

    /// <summary>Whether the body is left out of the signature, which S3 and some streaming APIs accept.</summary>
    [Key("unsigned_payload", Default = false)]
    public Located<bool>? UnsignedPayload { get; init; }

    /// <summary>Whether bodies without a known length are signed as they came.</summary>
    [Key("allow_chunked_body", Default = false)]
    public Located<bool>? AllowChunkedBody { get; init; }

    /// <summary>Whether the credentials are taken out of all responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers. Without, refusals and redirects alone are searched (status 300 and above).</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>Where the transform acts. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
