using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.Secrets;

/// <summary>One secret: where it is read, how it is applied, and where it may go.</summary>
internal sealed record SecretConfig : ConfigRecord
{
    /// <summary>Where the value is read. Its keys depend on its type.</summary>
    [Key("source", Required = true, Holds = KeyContent.Source)]
    public YamlMapping? Source { get; init; }

    /// <summary>Sets the secret on every matching request. Excludes replace.</summary>
    [Key("inject")]
    public InjectConfig? Inject { get; init; }

    /// <summary>Swaps a placeholder that the workload sends for the secret. Excludes inject.</summary>
    [Key("replace")]
    public ReplaceConfig? Replace { get; init; }

    /// <summary>Where the secret may go. Needed for inject; with replace it may go everywhere when they are absent.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>Whether the secret may be sent over http without TLS. Otherwise such requests are refused.</summary>
    [Key("allow_plaintext", Default = false)]
    public Located<bool>? AllowPlaintext { get; init; }

    /// <summary>Whether the value is taken out of responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers. It must then have 8 bytes or more.</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>Older form of replace.proxy_value.</summary>
    [Key("proxy_value")]
    public Located<string>? ProxyValue { get; init; }

    /// <summary>Older form of replace.match_headers.</summary>
    [Key("match_headers")]
    public LocatedList<Located<string>>? MatchHeaders { get; init; }

    /// <summary>Older form of replace.match_body.</summary>
    [Key("match_body", Default = false)]
    public Located<bool>? MatchBody { get; init; }

    /// <summary>Older form of replace.match_path.</summary>
    [Key("match_path", Default = false)]
    public Located<bool>? MatchPath { get; init; }

    /// <summary>Older form of replace.match_query.</summary>
    [Key("match_query", Default = false)]
    public Located<bool>? MatchQuery { get; init; }

    /// <summary>Older form of replace.require.</summary>
    [Key("require", Default = false)]
    public Located<bool>? Require { get; init; }

    /// <summary>The keys of the older form.</summary>
    public static readonly string[] LegacyKeys = ["proxy_value", "match_headers", "match_body", "match_path", "match_query", "require"];

    /// <summary>The first key of the older form that is set, or null.</summary>
    public YamlEntry? FirstLegacyKey()
    {
        foreach (var entry in Node.Entries)
        {
            if (!entry.Value.IsNull && LegacyKeys.Contains(entry.Key.Value, StringComparer.Ordinal))
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>The replace block in either form, or null.</summary>
    public ReplaceConfig? EffectiveReplace() => Replace ?? (FirstLegacyKey() is null ? null : new ReplaceConfig
    {
        Node = Node,
        ProxyValue = ProxyValue,
        MatchHeaders = MatchHeaders,
        MatchBody = MatchBody,
        MatchPath = MatchPath,
        MatchQuery = MatchQuery,
        Require = Require,
    });
}
