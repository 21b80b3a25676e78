using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Syntax;

/// <summary>What can be wrong with a file as YAML: IRON0xxx.</summary>
internal static class SyntaxDiagnostics
{
    public static void InvalidYaml(this DiagnosticBag bag, SourceSpan span, string problem) =>
        bag.Error("IRON0001", span, $"this is not valid YAML: {problem}", "check the indentation, the quotes and the colons of this line and the one above");

    public static void TabIndentation(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON0002", span, "the line is indented with a tab", "YAML is indented with spaces only: use two for each level");

    public static void EmptyFile(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON0003", span, "the file is empty", "a policy needs at least the sections tls and transforms; see samples/quickstart/proxy.yaml");

    public static void SecondDocument(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON0004", span, "a second YAML document starts here", "keep one policy in one file and remove the '---'");

    public static void DuplicateKey(this DiagnosticBag bag, YamlScalar key, SourceSpan first) =>
        bag.Error("IRON0005", key.Span, $"the key {Quote.Of(key.Value)} is already set on line {first.Line}, column {first.Column}", "keep one of the two");

    public static void KeyNotScalar(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON0006", span, "a key must be a single word", "if a value that starts with '{', '[' or '*' is meant, put it in quotes");

    public static void CustomTag(this DiagnosticBag bag, SourceSpan span, string tag) =>
        bag.Error("IRON0007", span, $"the tag {Quote.Of(tag)} has no meaning here", "remove the tag; if a value that starts with '!' is meant, put it in quotes");

    public static void UnknownAnchor(this DiagnosticBag bag, SourceSpan span, string name, string? nearest) =>
        bag.Error("IRON0008", span, $"there is no anchor {Quote.Of(name)} above this alias", nearest is not null
            ? $"did you mean *{nearest}?"
            : name.StartsWith('.')
                ? $"if the pattern is meant, put it in quotes: \"*{name}\""
                : "an alias names an anchor (&name) that is complete before it; a value that starts with '*' must be in quotes");

    public static void AliasesTooLarge(this DiagnosticBag bag, SourceSpan span, long limit) =>
        bag.Error("IRON0009", span, $"with its aliases written out the file has more than {limit} values", "aliases of aliases multiply: repeat less");

    public static void TooDeep(this DiagnosticBag bag, SourceSpan span, int limit) =>
        bag.Error("IRON0010", span, $"the values are nested more than {limit} levels deep", "no setting needs more than ten levels");

    public static void InvalidMerge(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON0011", span, "a merge key '<<' takes a mapping, or a list of mappings", "write '<<: *anchor' or '<<: [*one, *two]'");

    public static void ControlCharacter(this DiagnosticBag bag, SourceSpan span, char character) =>
        bag.Error("IRON0012", span, $"the file has the control character U+{(int)character:X4}", "remove it; within double quotes it can be written as an escape");

    public static void FileTooLarge(this DiagnosticBag bag, SourceSpan span, string limit) =>
        bag.Error("IRON0013", span, $"the file has more than {limit}", "split long lists of hosts into suffix patterns such as *.example.com");

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
