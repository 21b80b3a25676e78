using System.Runtime.InteropServices;
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
    private const int ClockOfThread = 3; // CLOCK_THREAD_CPUTIME_ID of linux/time.h

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

    /// <summary>The clock counts up to this moment. What /proc says of a thread is as old as the last tick, several milliseconds.</summary>
    private static TimeSpan Now() => ReadClock(ClockOfThread, out var now) == 0
        ? TimeSpan.FromSeconds(now.Seconds) + TimeSpan.FromMicroseconds(now.Nanoseconds / 1000.0)
        : throw new InvalidOperationException("There is no clock of a thread's processor time.");

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadClock(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
