using System.Buffers;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Paths;

/// <summary>
/// The paths that requests can have and that are read in one way, in the form in which rules read them, as a deterministic
/// automaton. A test compares it with <see cref="RequestTarget"/> on many strings.
/// </summary>
/// <remarks>
/// <para>
/// A path with several readings (escaped slashes, parameters, lone dots) is let through only when every rule answers alike for all
/// of them, and the one with everything decoded, cut and removed is a path of this automaton. So whatever holds for
/// the paths here holds for the others as they are read: nothing gets through that has no equal here, and comparing these
/// compares all.
/// </para>
/// <para>
/// The automaton is a little too wide: dots disguised with characters beyond ASCII or double escapes are refused
/// (<c>DotSegments</c>) and accepted here. <see cref="IsRequestPath"/> has the last word about a path that was found.
/// </para>
/// </remarks>
internal static class RequestPathAutomaton
{
    /// <summary>No path begins so.</summary>
    public const int Dead = -1;

    /// <summary>Before the first slash.</summary>
    public const int Start = 1 << 10;

    // A state is a place in a segment and, times 32, a place in an escape.
    private const int SegmentStart = 0;
    private const int Dots = 1;
    private const int InSegment = 2;

    private const int NoEscape = 0;
    private const int Percent = 1;
    private const int FirstDigit = 2; // and 15 more, one for each digit

    // Behind %25, and each further 25: a digit that would make it the escape of a separator or dot that was escaped again.
    private const int Again = 18;
    private const int AgainTwo = 19;
    private const int AgainFive = 20;

    private const string Hex = "0123456789ABCDEF";

    /// <summary>Every character of a path, those that make readable witnesses first.</summary>
    public const string Alphabet = "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789/-_.~!$&'()*+,=:@%[]{}|^`\"";

    /// <summary>Characters that the automaton tells from others; those left are all alike to it.</summary>
    public const string Special = "/.+:%0123456789ABCDEFcef";

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
            Percent => Hex.IndexOf(c, StringComparison.Ordinal) is >= 0 and var digit ? State(segment, FirstDigit + digit) : Dead,
            >= FirstDigit and < Again => Hex.IndexOf(c, StringComparison.Ordinal) is >= 0 and var digit ? Escaped(segment, ((escape - FirstDigit) << 4) | digit) : Dead,
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
        state is not (Dead or Start) && state % 32 is not Dots && state / 32 is NoEscape or Again or AgainTwo or AgainFive;

    /// <summary>Whether a pattern names a path that can be read in several ways, whatever its wildcards stand for.</summary>
    public static bool HasSeveralReadings(string pattern) =>
        RequestTarget.TryCreate(pattern.Replace('?', 'x').Replace('*', 'x'), out var target) is null && !target.OtherReadings().IsEmpty;

    /// <summary>Whether a path that the automaton accepts is one that requests can have.</summary>
    public static bool IsRequestPath(string path) => RequestTarget.TryCreate(path, out _) is null;

    private static int Plain(int segment, char c) => c switch
    {
        '/' or ':' when segment is Dots => Dead,
        '/' => State(SegmentStart, NoEscape),
        '%' => State(segment, Percent),
        '.' => State(segment is InSegment ? InSegment : Dots, NoEscape),
        '+' => State(segment, NoEscape), // A blank to some.
        _ => State(InSegment, NoEscape),
    };

    /// <summary>
    /// Escapes of unreserved characters are decoded before rules read a path; some others are refused, or hide dots: blanks and
    /// control characters beside them, and what ends a name behind them.
    /// </summary>
    private static int Escaped(int segment, int value) => (char)value switch
    {
        '%' => State(InSegment, Again),
        '\0' or '\n' or '\r' or '/' or '\\' => Dead,
        ';' or '?' or '#' or ':' when segment is Dots => Dead,
        <= ' ' or '\x7f' or '+' => State(segment, NoEscape),
        var c when char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' => Dead,
        _ => State(InSegment, NoEscape),
    };

    private static int State(int segment, int escape) => segment + (escape * 32);
}
