using System.Globalization;
using Xunit;

namespace IronProxy.Testing;

/// <summary>
/// Processor time of the thread that runs a piece of work: what else the machine does is not in it. Seconds differ from one machine to
/// the next, so work is held against less of the same work, measured beside it.
/// </summary>
public static class ProcessorTime
{
    private const int Part = 8;

    // In proportion it would be Part; with the square, Part times Part.
    private const double Slack = 3.5;
    private const int Tries = 3;

    /// <summary>Asserts that a number of things costs about in proportion to it.</summary>
    /// <param name="count">The number, large enough that what everything has in common does not count.</param>
    /// <param name="prepare">Makes the work for a number of things. It is not measured, and nothing in the work may leave the thread.</param>
    public static void AssertInProportion(int count, Func<int, Action> prepare)
    {
        Of(prepare(count / Part)); // The first one is compiled on the way.
        var (part, whole) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var tries = 0; tries < Tries; tries++)
        {
            (part, whole) = (Of(prepare(count / Part)), Of(prepare(count)));
            if (whole <= part * Part * Slack)
            {
                return;
            }
        }

        Assert.Fail($"{count / Part} take {part.TotalMilliseconds} ms, and {count} take {whole.TotalMilliseconds} ms of the processor's time");
    }

    /// <summary>What a piece of work costs.</summary>
    public static TimeSpan Of(Action work)
    {
        var start = Now();
        work();
        return Now() - start;
    }

    // The kernel's own count, in nanoseconds.
    private static TimeSpan Now() =>
        TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1000.0);
}
