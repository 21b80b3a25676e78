using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Schema;

/// <summary>What can be wrong with the structure of a file: IRON10xx.</summary>
internal static class SchemaDiagnostics
{
    /// <summary>What stands behind a key can be a secret, unless it is one misspelled whose value is none: it is not repeated.</summary>
    public static void UnknownKey(this DiagnosticBag bag, YamlEntry entry, ConfigShape shape)
    {
        var known = shape.Keys.Select(k => k.Name).ToArray();
        var nearest = Suggestions.Nearest(entry.Key.Value, known);
        var shows = entry.Value is not YamlScalar { IsNull: false } || (nearest is not null && shape.ByName[nearest].Attribute.Holds == KeyContent.Other);
        var hint = nearest is not null ? $"did you mean {nearest}?" : $"the keys are {string.Join(", ", known)}";
        bag.Add("IRON1001", DiagnosticSeverity.Error, entry.Key.Span, $"there is no key {Quote.Of(entry.Key.Value)} here", hint, shows ? null : entry.Value.Span);
    }

    public static void MissingKey(this DiagnosticBag bag, SourceSpan span, string key) =>
        bag.KeyMissing(span, key, $"add {key}: and its value at the level of this line");

    public static void SettingsMissing(this DiagnosticBag bag, SourceSpan span, IReadOnlyCollection<string> keys) =>
        bag.KeyMissing(span, "config", $"write config: at the level of this line, and below it {string.Join(", ", keys.Select(k => k + ":"))}");

    public static void WrongType(this DiagnosticBag bag, SourceSpan span, string expected, string found, string? hint, bool hidesPlace = false) =>
        bag.Add("IRON1003", DiagnosticSeverity.Error, span, $"{expected} is expected here, and this is {found}", hint, hidesPlace ? span : null);

    /// <summary>Who writes a value in the place of a source has written the secret itself: it is not repeated.</summary>
    public static void SourceExpected(this DiagnosticBag bag, SourceSpan span, string found) =>
        bag.WrongType(span, "a secret source", found, "the file holds no secrets: write {type: env, var: NAME}, or another source", hidesPlace: true);

    public static void NotAChoice(this DiagnosticBag bag, SourceSpan span, string value, IReadOnlyCollection<string> choices)
    {
        var nearest = Suggestions.Nearest(value, choices);
        bag.Error("IRON1004", span, $"{Quote.Of(value)} is none of the values that are possible here", nearest is not null
            ? $"did you mean {nearest}?"
            : $"write one of {string.Join(", ", choices)}");
    }

    public static void OutOfRange(this DiagnosticBag bag, SourceSpan span, string value, string bound) =>
        bag.Error("IRON1005", span, $"{value} is out of range", $"write a whole number that is {bound}");

    public static void NullItem(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1006", span, "this item of the list has no value", "write a value behind the '-', or remove the line");

    public static void OldBoolean(this DiagnosticBag bag, SourceSpan span, string word, bool value) =>
        bag.Add("IRON1007", DiagnosticSeverity.Warning, span, $"{Quote.Of(word)} is read as {(value ? "true" : "false")}", $"write {(value ? "true" : "false")}: YAML 1.2 takes other words for text");

    public static void UnknownTransform(this DiagnosticBag bag, SourceSpan span, string name, IReadOnlyCollection<string> known)
    {
        var nearest = Suggestions.Nearest(name, known);
        bag.Error("IRON1008", span, $"there is no transform {Quote.Of(name)}", name == "mcp_gateway"
            ? "write upstream: in a server of mcp.servers, whose rules say which requests it means"
            : name == "mcp" ? "mcp: is a section of its own, at the level of transforms:"
            : nearest is not null ? $"did you mean {nearest}?"
            : $"the transforms are {string.Join(", ", known)}");
    }

    public static void UnknownSourceType(this DiagnosticBag bag, SourceSpan span, string type, IReadOnlyCollection<string> known)
    {
        var nearest = Suggestions.Nearest(type, known);
        bag.Error("IRON1009", span, $"there is no secret source {Quote.Of(type)}", type == "exec"
            ? "no source runs commands: let what runs the proxy put the value into a file or a variable"
            : nearest is not null ? $"did you mean {nearest}?"
            : $"the sources are {string.Join(", ", known)}");
    }

    // IRON1010 is retired: it stood for what the original product has and early versions had not.
    public static void IntegerUnclear(this DiagnosticBag bag, SourceSpan span, string value) =>
        bag.Error("IRON1011", span, $"{Quote.Of(value)} is one number to some readers of YAML and another one, or text, to others", value.TrimStart('0') is { Length: > 0 } digits && digits.All(char.IsAsciiDigit)
            ? $"write {digits}, if the number is meant to be decimal"
            : "write decimal digits only, without signs, prefixes, leading zeros and underscores");

    private static void KeyMissing(this DiagnosticBag bag, SourceSpan span, string key, string hint) =>
        bag.Error("IRON1002", span, $"the key {Quote.Of(key)} is missing", hint);

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string? hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
