using System.Text;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.Terminal;

/// <summary>
/// The one way to the terminal. Results go to <see cref="Out"/>, all else to <see cref="Error"/>; commands take it as a
/// parameter, so that tests hand in writers of their own.
/// </summary>
internal sealed class CliConsole
{
    private const int StandardOutput = 1;

    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Findings, progress and complaints.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether somebody still reads <see cref="Out"/>: a command that waits for what it prints looks now and then.</summary>
    public Func<bool> OutIsRead { get; init; } = static () => true;

    /// <summary>Opens standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>The input that was opened last, which a report of a fault names. Null before the first.</summary>
    public string? LastInput { get; set; }

    /// <summary>Whether <see cref="Out"/> takes colours.</summary>
    public bool OutHasColor { get; init; }

    /// <summary>Whether <see cref="Error"/> takes colours.</summary>
    public bool ErrorHasColor { get; init; }

    /// <summary>How many columns the terminal behind <see cref="Error"/> has. Null when there is no terminal.</summary>
    public int? ErrorWidth { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The console of this process.</summary>
    public static CliConsole OfProcess()
    {
        var wanted = TerminalText.WantsColor(System.Environment.GetEnvironmentVariable);
        var descriptor = new DescriptorStream(StandardOutput);
        var results = new ResultStream(descriptor);
        var isOpen = descriptor.WasInherited;
        return new CliConsole
        {
            Out = Writer(isOpen ? results : Stream.Null), // Closed on purpose (>&-): the number may be that of another file by now.
            OutIsRead = () => !isOpen || results.IsRead,
            Error = Writer(Console.OpenStandardError()),
            OpenInput = Console.OpenStandardInput,
            OutHasColor = wanted && !Console.IsOutputRedirected,
            ErrorHasColor = wanted && !Console.IsErrorRedirected,
            ErrorWidth = Console.IsErrorRedirected ? null : TerminalWidth(),
            Environment = System.Environment.GetEnvironmentVariable,
        };
    }

    private static int? TerminalWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : null;
        }
        catch (IOException)
        {
            return null; // A device that is no terminal has no width.
        }
    }

    // Always UTF-8, whatever the locale says: a plan has the same bytes on any machine.
    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
}
