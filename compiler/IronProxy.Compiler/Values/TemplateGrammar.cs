using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>What a template may use, and what it is for.</summary>
internal sealed record TemplateGrammar
{
    /// <summary>The field that holds the credentials by their names.</summary>
    public const string Credentials = "Credentials";

    /// <summary>The value of a header that a secret is injected into.</summary>
    public static readonly TemplateGrammar Formatter = new()
    {
        Fields = ["Value"],
        IsHeaderValue = true,
        ReportConstant = static (bag, span) => bag.TemplateWithoutValue(span),
        Hint = "a formatter is text with {{ .Value }}, {{ base64 \"user:\" .Value }} or {{ .Value | base64 }}",
    };

    private static readonly TemplateGrammar Message = new()
    {
        Fields = ["Timestamp", "Method", "Path", "PathWithQuery", "Query", "Host", "Body"],
        ReportConstant = static (bag, span) => bag.TemplateConstant(span),
        Hint = "the message may use .Timestamp, .Method, .Path, .PathWithQuery, .Query, .Host, .Body and .Credentials.name",
    };

    private static readonly TemplateGrammar SignedHeader = new()
    {
        Fields = ["Timestamp", "Signature"],
        IsHeaderValue = true,
        Hint = "the value may use .Timestamp, .Signature and .Credentials.name, with a name that stands under credentials:",
    };

    /// <summary>The fields, without the dot.</summary>
    public required ImmutableArray<string> Fields { get; init; }

    /// <summary>Names that can stand behind <c>.Credentials.</c></summary>
    public ImmutableArray<string> CredentialNames { get; init; } = [];

    /// <summary>Whether the result is sent in a header, where control characters must not stand.</summary>
    public bool IsHeaderValue { get; init; }

    /// <summary>Reports a template that uses no field. Null lets it pass.</summary>
    public Action<DiagnosticBag, SourceSpan>? ReportConstant { get; init; }

    /// <summary>What to write instead of something wrong.</summary>
    public required string Hint { get; init; }

    /// <summary>The message that hmac_sign signs.</summary>
    public static TemplateGrammar MessageWith(ImmutableArray<string> credentials) => Message with { CredentialNames = credentials };

    /// <summary>The value of a header that hmac_sign sets.</summary>
    public static TemplateGrammar SignedHeaderWith(ImmutableArray<string> credentials) => SignedHeader with { CredentialNames = credentials };
}
