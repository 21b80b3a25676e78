using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Secrets;

/// <summary>Swaps a placeholder for the real value wherever it is looked for.</summary>
internal sealed record ReplaceConfig : ConfigRecord
{
    /// <summary>The placeholder that the workload sends.</summary>
    [Key("proxy_value", Required = true)]
    public Located<string>? ProxyValue { get; init; }

    /// <summary>Headers to scan: names, and /regular expressions/ over canonical names. Empty scans all. Authorization is scanned inside Basic credentials, too.</summary>
    [Key("match_headers")]
    public LocatedList<Located<string>>? MatchHeaders { get; init; }

    /// <summary>Whether the request body is scanned. In forms and JSON the value is escaped as they ask.</summary>
    [Key("match_body", Default = false)]
    public Located<bool>? MatchBody { get; init; }

    /// <summary>Whether the path is scanned. The value is percent-encoded there.</summary>
    [Key("match_path", Default = false)]
    public Located<bool>? MatchPath { get; init; }

    /// <summary>Whether the query is scanned. The value is percent-encoded there.</summary>
    [Key("match_query", Default = false)]
    public Located<bool>? MatchQuery { get; init; }

    /// <summary>Whether a matching request without the placeholder is denied.</summary>
    [Key("require", Default = false)]
    public Located<bool>? Require { get; init; }
}
