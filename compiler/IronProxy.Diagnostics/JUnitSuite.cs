using System.Collections.Immutable;

namespace IronProxy.Diagnostics;

/// <summary>One <c>testsuite</c>: a file and what was asked of it.</summary>
/// <param name="Name">The file.</param>
/// <param name="Cases">Its cases, in order.</param>
public sealed record JUnitSuite(string Name, ImmutableArray<JUnitCase> Cases);

/// <summary>One <c>testcase</c>.</summary>
/// <param name="Name">What was asked.</param>
/// <param name="Outcome">The answer.</param>
/// <param name="Kind">What kind of failure it is, such as a code.</param>
/// <param name="Message">One line about it.</param>
/// <param name="Details">All about it.</param>
public sealed record JUnitCase(string Name, JUnitOutcome Outcome, string? Kind = null, string? Message = null, string? Details = null);

/// <summary>What became of a case.</summary>
public enum JUnitOutcome
{
    /// <summary>It is as it should be; the details are shown as output.</summary>
    Passed,

    /// <summary>It is not as it should be.</summary>
    Failed,

    /// <summary>It could not be found out.</summary>
    Broken,
}
