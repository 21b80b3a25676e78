using System.Buffers;

namespace IronProxy.Compiler.Analysis.Spaces.Paths;

/// <summary>
/// The paths that requests can have, in the form in which rules read them, as a deterministic automaton: what
/// <see cref="Plan.RequestTarget"/> accepts and leaves as it is. A test compares the two on many strings.
/// </summary>
internal static class RequestPathAutomaton
{
    /// <summary>No path begins so.</summary>
    public const int Dead = -1;

    /// <summary>Before the first slash.</summary>
    public const int Start = 1 << 10;

    // A state is a place in a segment and, times 32, a place in an escape.
    private const int SegmentStart = 0;
    private const int OneDot = 1;
    private const int TwoDots = 2;
    private const int InSegment = 3;

    private const int NoEscape = 0;
    private const int Percent = 1;
    private const int FirstDigit = 2; // and 15 more, one for each digit

    // Behind %25, and each further 25: a digit that would make it the escape of a separator or dot that was escaped again.
    private const int Again = 18;
    private const int AgainTwo = 19;
    private const int AgainFive = 20;

    private const string Hex = "0123456789ABCDEF";

    /// <summary>Every character of a path, those that make readable witnesses first.</summary>
    public const string Alphabet = "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789/-_.~!$&'()*+,;=:@%";

    /// <summary>Characters that the automaton tells from others; those left are all alike to it.</summary>
    public const string Special = "/.;%0123456789ABCDEFcef";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    /// <summary>The state behind one more character.</summary>
    public static int Next(int state, char c)
    {
        if (state == Dead || !Allowed.Contains(c))
        {
            return Dead;
        }

        if (state == Start)
        {
            return c == '/' ? SegmentStart : Dead;
        }

        var (segment, escape) = (state % 32, state / 32);
        return escape switch
        {
            Percent => Hex.IndexOf(c, StringComparison.Ordinal) is >= 0 and var digit ? State(InSegment, FirstDigit + digit) : Dead,
            >= FirstDigit and < Again => Hex.IndexOf(c, StringComparison.Ordinal) is >= 0 and var digit ? Escaped(((escape - FirstDigit) << 4) | digit) : Dead,
            Again when c == '2' => State(InSegment, AgainTwo),
            Again when c == '5' => State(InSegment, AgainFive),
            AgainTwo when c == '5' => State(InSegment, Again),
            AgainTwo when c is 'F' or 'f' or 'E' or 'e' => Dead,
            AgainFive when c is 'C' or 'c' => Dead,
            _ => Plain(segment, c),
        };
    }

    /// <summary>Whether a path may end here.</summary>
    public static bool Accepts(int state) =>
        state is not (Dead or Start) && state % 32 is not (OneDot or TwoDots) && state / 32 is NoEscape or Again or AgainTwo or AgainFive;

    private static int Plain(int segment, char c) => c switch
    {
        '/' or ';' when segment is OneDot or TwoDots => Dead,
        '/' => State(SegmentStart, NoEscape),
        '%' => State(InSegment, Percent),
        '.' => State(Math.Min(segment + 1, InSegment), NoEscape),
        _ => State(InSegment, NoEscape),
    };

    /// <summary>Escapes of unreserved characters are decoded before rules read a path; some others are refused.</summary>
    private static int Escaped(int value) => (char)value switch
    {
        '%' => State(InSegment, Again),
        '\0' or '\n' or '\r' or '/' or '\\' => Dead,
        var c when char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' => Dead,
        _ => State(InSegment, NoEscape),
    };

    private static int State(int segment, int escape) => segment + (escape * 32);
}
