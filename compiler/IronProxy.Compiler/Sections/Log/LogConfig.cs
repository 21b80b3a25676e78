using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Log;

/// <summary>Log output.</summary>
internal sealed record LogConfig : ConfigRecord
{
    /// <summary>Value of <see cref="Dns"/>: questions leave no line.</summary>
    public const string NoQuestions = "none";

    /// <summary>Value of <see cref="Format"/>: lines are JSON.</summary>
    public const string JsonFormat = "json";

    /// <summary>The least level that is logged.</summary>
    [Key("level", Default = "info", OneOf = ["debug", "info", "warn", "error"])]
    public Located<string>? Level { get; init; }

    /// <summary>Which DNS questions leave a line in the log: none, those that were denied or in error, or all. See docs/reference/dns.md.</summary>
    [Key("dns", Default = NoQuestions, OneOf = [NoQuestions, LogPlan.DeniedQuestions, LogPlan.AllQuestions])]
    public Located<string>? Dns { get; init; }

    /// <summary>How lines are written: json, one object a line, or text, one line a request for people at a terminal. ironc report, replay and learn read JSON alone. See docs/reference/audit.md.</summary>
    [Key("format", Default = JsonFormat, OneOf = [JsonFormat, LogPlan.TextFormat])]
    public Located<string>? Format { get; init; }
}
