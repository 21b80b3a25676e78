using System.Text.RegularExpressions;

namespace IronProxy.Compiler.Learning;

/// <summary>Tells segments that name one thing among many from those that belong to the shape of an API.</summary>
internal static partial class IdSegments
{
    /// <summary>
    /// Whether a segment looks like an id: a number or a date, a UUID, a hash, or a long run of letters and digits, perhaps
    /// with a short prefix. Short numbers at the very beginning of a path are mostly versions of an API.
    /// </summary>
    public static bool LooksLikeId(string segment, bool first) =>
        Number().IsMatch(segment) ? !first || segment.Length > 2
        : Uuid().IsMatch(segment) || IsHash(segment) || IsToken(segment);

    /// <summary>Words such as <c>feedback</c> have no digits, and <c>2000000</c> is a number already.</summary>
    private static bool IsHash(string segment) => Hash().IsMatch(segment) && segment.Any(char.IsAsciiDigit);

    private static bool IsToken(string segment) => Token().IsMatch(segment) && segment.Count(char.IsAsciiDigit) >= 3;

    [GeneratedRegex(@"^[0-9]+(-[0-9]+)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Uuid();

    [GeneratedRegex(@"^[0-9A-Fa-f]{7,}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Hash();

    [GeneratedRegex(@"^([A-Za-z]{1,10}[_-])?[0-9A-Za-z]{16,}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
