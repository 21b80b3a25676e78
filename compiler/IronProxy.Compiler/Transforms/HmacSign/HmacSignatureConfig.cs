using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.HmacSign;

/// <summary>How a signature is made.</summary>
internal sealed record HmacSignatureConfig : ConfigRecord
{
    /// <summary>The hash of the HMAC.</summary>
    [Key("algorithm", Required = true, OneOf = ["sha256", "sha512", "sha1"])]
    public Located<string>? Algorithm { get; init; }

    /// <summary>How the key is written in its source.</summary>
    [Key("key_encoding", Required = true, OneOf = ["raw", "base64", "hex"])]
    public Located<string>? KeyEncoding { get; init; }

    /// <summary>How the signature is written.</summary>
    [Key("output_encoding", Required = true, OneOf = ["base64", "hex"])]
    public Located<string>? OutputEncoding { get; init; }

    /// <summary>Go template of what is signed, with .Timestamp, .Method, .Path, .PathWithQuery, .Query, .Host, .Body and .Credentials.name.</summary>
    [Key("message", Required = true)]
    public Located<string>? Message { get; init; }
}
