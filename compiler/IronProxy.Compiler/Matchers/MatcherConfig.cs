using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Matchers;

/// <summary>What is asked of one argument: exactly one of equals, in and matches.</summary>
internal sealed record MatcherConfig : ConfigRecord
{
    /// <summary>The argument: members with dots between them, such as owner or target.repo; a number leads into a list, as in labels.0.</summary>
    [Key("path", Required = true)]
    public Located<string>? Path { get; init; }

    /// <summary>The value that the argument must have. Text that looks like a number stands in quotes.</summary>
    [Key("equals")]
    public YamlNode? EqualTo { get; init; }

    /// <summary>The values of which the argument must have one.</summary>
    [Key("in")]
    public YamlSequence? In { get; init; }

    /// <summary>Regular expression (RE2) that must be found in the argument as text.</summary>
    [Key("matches")]
    public Located<string>? Matches { get; init; }
}
