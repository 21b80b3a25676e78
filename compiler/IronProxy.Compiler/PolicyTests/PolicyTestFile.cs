using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>A valid file of tests.</summary>
/// <param name="Source">The file.</param>
/// <param name="Policy">The policy, relative to the file.</param>
/// <param name="Tests">The tests, in the order of the file.</param>
public sealed record PolicyTestFile(SourceText Source, TestText Policy, ImmutableArray<PolicyTest> Tests)
{
    /// <summary>The finding that the policy cannot be read.</summary>
    /// <param name="why">Why not: one sentence, without a period.</param>
    public Diagnostic PolicyUnreadable(string why)
    {
        var bag = new DiagnosticBag(Source);
        bag.PolicyUnreadable(Policy.Span, why);
        return bag.ToSorted()[0];
    }
}

/// <summary>A text of the file and its place.</summary>
/// <param name="Value">The text.</param>
/// <param name="Span">Where it is written.</param>
public readonly record struct TestText(string Value, SourceSpan Span);

/// <summary>One test. What is null is not looked at.</summary>
public sealed record PolicyTest
{
    /// <summary>What it says.</summary>
    public required TestText Name { get; init; }

    /// <summary>A method and a URL, or CONNECT and host:port.</summary>
    public required string Request { get; init; }

    /// <summary>The client that sends it.</summary>
    public TestText? Client { get; init; }

    /// <summary>Headers as <c>Name: value</c>.</summary>
    public required ImmutableArray<string> Headers { get; init; }

    /// <summary>The body. It is not known when it is null.</summary>
    public string? Body { get; init; }

    /// <summary>Whether the request is expected to be allowed.</summary>
    public required bool Allowed { get; init; }

    /// <summary>Where the expected verdict is written.</summary>
    public required SourceSpan Expect { get; init; }

    /// <summary>Reason code.</summary>
    public TestText? Reason { get; init; }

    /// <summary>The entry that decides, see <see cref="RuleIndex.Find"/>.</summary>
    public TestText? Rule { get; init; }

    /// <summary>Where secrets are set.</summary>
    public TestList? Injects { get; init; }

    /// <summary>Secrets whose placeholder is swapped.</summary>
    public TestList? Swaps { get; init; }

    /// <summary>Headers that are taken away.</summary>
    public TestList? Strips { get; init; }
}

/// <summary>A list of the file and its place. The order means nothing.</summary>
/// <param name="Items">The items.</param>
/// <param name="Span">Where the list begins.</param>
public sealed record TestList(ImmutableArray<string> Items, SourceSpan Span);
