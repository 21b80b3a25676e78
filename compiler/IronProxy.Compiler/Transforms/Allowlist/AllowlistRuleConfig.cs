using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.Allowlist;

/// <summary>A rule of an allowlist: what other rules ask, and what becomes of TLS.</summary>
internal sealed record AllowlistRuleConfig : RuleConfig
{
    /// <summary>What is done with the TLS of these hosts. passthrough carries it unopened, for clients that accept their server's certificate alone: policy then sees host and port, and nothing else of the requests. Absent leaves it to tls.mode.</summary>
    [Key("tls", OneOf = [Passthrough])]
    public Located<string>? Tls { get; init; }

    /// <summary>The one value of tls.</summary>
    public const string Passthrough = "passthrough";

    /// <summary>Whether TLS of the hosts is passed through.</summary>
    public bool PassesThrough => Tls is not null;
}
