using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.GcpIdToken;

/// <summary>Mints Google identity tokens for an audience and sets them on requests.</summary>
internal sealed record GcpIdTokenConfig : ConfigRecord
{
    /// <summary>The claim aud: usually the URL of the service.</summary>
    [Key("audience", Required = true)]
    public Located<string>? Audience { get; init; }

    /// <summary>Source of the service account's key, as JSON. Excludes keyfile_path.</summary>
    [Key("keyfile", Holds = KeyContent.Source)]
    public YamlMapping? Keyfile { get; init; }

    /// <summary>Path of the service account's key, as JSON, relative to the proxy's working directory. Excludes keyfile.</summary>
    [Key("keyfile_path")]
    public Located<string>? KeyfilePath { get; init; }

    /// <summary>Header to set to Bearer and the token, with the letter case in which it is sent over HTTP/1.1.</summary>
    [Key("header", Default = "Authorization")]
    public Located<string>? Header { get; init; }

    /// <summary>Where the transform acts. Everywhere when absent or empty.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }
}
