using System.Globalization;

namespace IronProxy.Compiler.Values;

/// <summary>How many states a regular expression for .NET has once its counted repetitions are written out, roughly.</summary>
internal static class ExpressionSize
{
    /// <summary>The number of states.</summary>
    /// <param name="pattern">A valid expression, as <see cref="Re2Translator"/> makes them.</param>
    public static long Of(string pattern)
    {
        // Of each open group the states so far, and those of its last part, which a repetition multiplies.
        var groups = new Stack<(long Total, long Last)>();
        var (total, last) = (0L, 0L);
        for (var i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '(':
                    groups.Push((total + last, 0));
                    (total, last) = (0, 0);
                    i = BehindGroupStart(pattern, i);
                    break;
                case ')':
                    var inside = total + last;
                    (total, last) = (groups.Pop().Total, inside);
                    i++;
                    break;
                case '{' when TryRepetition(pattern, i, out var count, out var end):
                    last = Math.Min(last * Math.Max(1, count), int.MaxValue);
                    i = end;
                    break;
                case '*' or '+' or '?' or '|' or '^' or '$':
                    i++;
                    break;
                default:
                    (total, last) = (total + last, 1);
                    i = BehindCharacter(pattern, i);
                    break;
            }
        }

        return total + last;
    }

    /// <summary><c>(?:</c>, <c>(?i:</c> and the like, or a bare parenthesis.</summary>
    private static int BehindGroupStart(string pattern, int at)
    {
        if (at + 1 >= pattern.Length || pattern[at + 1] != '?')
        {
            return at + 1;
        }

        var end = pattern.AsSpan(at).IndexOfAny(":)>");
        return end < 0 || pattern[at + end] == ')' ? at + Math.Max(end, 1) : at + end + 1;
    }

    private static int BehindCharacter(string pattern, int at)
    {
        if (pattern[at] == '\\')
        {
            // \p{L} and \u0041 are one character, too.
            var brace = at + 2 < pattern.Length && pattern[at + 1] is 'p' or 'P' && pattern[at + 2] == '{' ? pattern.IndexOf('}', at) : -1;
            return brace > 0 ? brace + 1 : at + (pattern[at + 1] switch { 'u' => 6, 'x' => 4, _ => 2 });
        }

        if (pattern[at] != '[')
        {
            return at + 1;
        }

        // A class; one inside of it is taken away from it.
        var depth = 0;
        for (var i = at; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == '[' && (depth == 0 || pattern[i - 1] == '-'))
            {
                depth++;
            }
            else if (pattern[i] == ']' && --depth == 0)
            {
                return i + 1;
            }
        }

        return pattern.Length;
    }

    private static bool TryRepetition(string pattern, int at, out long count, out int end)
    {
        (count, end) = (0, pattern.IndexOf('}', at) + 1);
        if (end == 0)
        {
            return false;
        }

        var bounds = pattern[(at + 1)..(end - 1)].Split(',');
        var most = bounds[^1].Length > 0 ? bounds[^1] : bounds[0];
        return bounds.Length <= 2 && long.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }
}
