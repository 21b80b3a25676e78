using System.Collections.Immutable;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>What came of reading a file of tests.</summary>
/// <param name="File">The file, or null when there is an error.</param>
/// <param name="Diagnostics">All findings, in the order of the file.</param>
public sealed record PolicyTestResult(PolicyTestFile? File, ImmutableArray<Diagnostic> Diagnostics);

/// <summary>Reads files of tests in the way that proxy.yaml is read, so that mistakes in them look the same.</summary>
public static class PolicyTestReader
{
    /// <summary>Reads a file. Every mistake in it is reported.</summary>
    public static PolicyTestResult Read(SourceText source)
    {
        var bag = new DiagnosticBag(source);
        var file = Read(bag);
        return new PolicyTestResult(file, bag.ToSorted());
    }

    private static PolicyTestFile? Read(DiagnosticBag bag)
    {
        if (YamlReader.Read(bag) is not { } tree)
        {
            return null;
        }

        var structure = new StructureValidator(bag);
        if (structure.Bind<PolicyTestFileConfig>(tree) is not { } config)
        {
            return null;
        }

        PolicyTestValidator.Validate(config, new ValidationContext(bag, structure));
        return bag.HasErrors ? null : Lower(config, bag.Source);
    }

    // What is required is there, or an error was reported.
    private static PolicyTestFile Lower(PolicyTestFileConfig config, SourceText source) =>
        new(source, Text(config.Policy)!.Value, [.. config.Tests!.Items.Select(Lower)]);

    private static PolicyTest Lower(PolicyTestConfig test) => new()
    {
        Name = Text(test.Name)!.Value,
        Request = test.Request!.Value.Value,
        Client = Text(test.Client),
        Headers = [.. (test.Headers?.Items ?? []).Select(h => h.Value)],
        Body = test.Body?.Value,
        Allowed = test.Expect!.Value.Value == "allow",
        Expect = test.Expect.Value.Span,
        Reason = Text(test.Reason),
        Rule = Text(test.Rule),
        Injects = List(test.Injects),
        Swaps = List(test.Swaps),
        Strips = List(test.Strips),
    };

    private static TestText? Text(Located<string>? text) => text is { } t ? new TestText(t.Value, t.Span) : null;

    private static TestList? List(LocatedList<Located<string>>? list) =>
        list is null ? null : new TestList([.. list.Items.Select(i => i.Value)], list.Span);
}
