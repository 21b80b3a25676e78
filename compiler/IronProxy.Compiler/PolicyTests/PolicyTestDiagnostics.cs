using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>What can be wrong with a file of tests: IRON15xx.</summary>
internal static class PolicyTestDiagnostics
{
    public static void PolicyUnreadable(this DiagnosticBag bag, SourceSpan span, string why) =>
        bag.Error("IRON1501", span, why, "the path is relative to the file of tests");

    public static void NoTests(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1502", span, "there is no test in the list", "add one, with name:, request: and expect:");

    public static void TestNameRepeated(this DiagnosticBag bag, SourceSpan span, string name, int line) =>
        bag.Error("IRON1503", span, $"the test on line {line} is called {Quote.Of(name)}, too", "give each test a name of its own: reports tell them apart by it");

    public static void TestRequestInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1504", span, "a request is a method and a URL with a blank between them", "write \"GET https://api.github.com/user\", or \"CONNECT api.github.com:443\" for a tunnel");

    // The text is not repeated: it may be a secret that lost its name.
    public static void TestHeaderInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1505", span, "a header is a name and a value with a colon between them", "write \"Accept: application/json\", in quotes");

    public static void ReasonUnknown(this DiagnosticBag bag, SourceSpan span, string code, IReadOnlyCollection<string> known) =>
        bag.Error("IRON1506", span, $"there is no reason code {Quote.Of(code)}", Suggestions.Nearest(code, known) is { } nearest
            ? $"did you mean {nearest}?"
            : "'ironc explain' shows the code of a denial");

    public static void RuleReferenceInvalid(this DiagnosticBag bag, SourceSpan span, string reference) =>
        bag.Error("IRON1507", span, $"{Quote.Of(reference)} names no entry of a policy", "write its line, such as 12, or its place, such as rules[2], domains[0] or transforms[0].config.rules[2]");

    public static void ExpectationContradicts(this DiagnosticBag bag, SourceSpan span, string key, string expect) =>
        bag.Error("IRON1508", span, $"{key} says nothing about a request with expect: {expect}", expect == "allow"
            ? $"remove {key}, or write expect: deny"
            : $"remove {key}, or write expect: allow: of a denied request nothing is sent");

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
