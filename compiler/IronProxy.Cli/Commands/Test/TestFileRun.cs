using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Test;

/// <summary>What came of one file of tests.</summary>
internal sealed record TestFileRun
{
    /// <summary>The file of tests.</summary>
    public required string Path { get; init; }

    /// <summary>The policy. Null when it was not reached.</summary>
    public string? Policy { get; init; }

    /// <summary>Why no test was run. Null when they were.</summary>
    public string? Problem { get; init; }

    public ImmutableArray<TestOutcome> Tests { get; init; } = [];

    /// <summary>Rules that no test touched. Null when that was not asked.</summary>
    public CoverageReport? Coverage { get; init; }

    public int Failed => Tests.Count(t => !t.Passed);

    public static TestFileRun Broken(string path, string problem) => new() { Path = path, Problem = problem };
}

/// <summary>What came of one test.</summary>
internal sealed record TestOutcome
{
    public required string Name { get; init; }

    /// <summary>Line of the test in its file.</summary>
    public required int Line { get; init; }

    public required string Request { get; init; }

    /// <summary><c>allow</c> or <c>deny</c>, as the policy says.</summary>
    public required string Verdict { get; init; }

    /// <summary>Reason code of a denial.</summary>
    public string? Reason { get; init; }

    /// <summary>The entry that decided.</summary>
    public string? Rule { get; init; }

    public bool Passed => Failures.IsEmpty;

    /// <summary>What is otherwise than expected, a sentence each.</summary>
    public required ImmutableArray<TestFailure> Failures { get; init; }
}

/// <summary>One thing that is otherwise than expected.</summary>
/// <param name="Line">Where the expectation is written.</param>
/// <param name="Column">Where the expectation is written.</param>
/// <param name="Message">What is otherwise.</param>
internal sealed record TestFailure(int Line, int Column, string Message);

/// <summary>Which rules were touched.</summary>
/// <param name="Rules">How many rules the policy has.</param>
/// <param name="Untouched">Those that no request reached or matched.</param>
internal sealed record CoverageReport(int Rules, ImmutableArray<UntouchedRule> Untouched);

/// <summary>A rule that no test touched.</summary>
/// <param name="Place">Its place in the file; null when the policy was given as a plan.</param>
/// <param name="At">Line and column.</param>
/// <param name="Text">Its first line.</param>
internal sealed record UntouchedRule(string? Place, SourcePosition At, string? Text);
