using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.HmacSign;

/// <summary>Signs requests with an HMAC and sets the signature, and what belongs to it, in headers.</summary>
internal sealed record HmacSignConfig : ConfigRecord
{
    /// <summary>The timestamp, which is one for message and headers.</summary>
    [Key("timestamp", Required = true)]
    public HmacTimestampConfig? Timestamp { get; init; }

    /// <summary>How the signature is made.</summary>
    [Key("signature", Required = true)]
    public HmacSignatureConfig? Signature { get; init; }

    /// <summary>Secret sources by names of your own. The one called secret is the key; all can be used in templates.</summary>
    [Key("credentials", Required = true, Holds = KeyContent.SourceMap)]
    public YamlMapping? Credentials { get; init; }

    /// <summary>Headers to set, in this order.</summary>
    [Key("headers", Required = true)]
    public LocatedList<HmacHeaderConfig>? Headers { get; init; }

    /// <summary>Whether bodies without a known length are signed as they came.</summary>
    [Key("allow_chunked_body", Default = false)]
    public Located<bool>? AllowChunkedBody { get; init; }

    /// <summary>Whether the credentials are taken out of responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers. Each must then have 8 bytes or more.</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>Where the transform acts. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
