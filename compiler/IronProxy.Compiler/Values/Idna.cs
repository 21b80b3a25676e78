using System.Globalization;
using System.Text;

namespace IronProxy.Compiler.Values;

/// <summary>
/// The mapping of UTS 46 for names beyond ASCII: compatibility forms and pairs of letter and mark become what registries hold.
/// The platform has none of it, as the programs run without ICU.
/// </summary>
internal static class Idna
{
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int LeadCount = 19;
    private const int VowelFirst = 0x1161;
    private const int VowelCount = 21;
    private const int TailFirst = 0x11A7;
    private const int TailCount = 28;

    private static readonly Lazy<Tables> Data = new(static () => new Tables());

    /// <summary>The first character that no host has, or null.</summary>
    /// <param name="text">The name.</param>
    /// <param name="offset">Where the character stands.</param>
    public static Rune? FindRefused(string text, out int offset)
    {
        offset = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!rune.IsAscii && Data.Value.IsRefused(rune.Value))
            {
                return rune;
            }

            offset += rune.Utf16SequenceLength;
        }

        return null;
    }

    /// <summary>The mapped spelling of a name in lower case, in which nothing is refused.</summary>
    public static string Map(string lower)
    {
        var characters = new List<int>(lower.Length);
        foreach (var rune in lower.EnumerateRunes())
        {
            foreach (var character in Data.Value.Map(rune.Value))
            {
                Decompose(character, characters);
            }
        }

        SortMarks(characters);
        return Compose(characters);
    }

    private static void Decompose(int character, List<int> result)
    {
        if (Data.Value.Parts.TryGetValue(character, out var parts))
        {
            Decompose(parts.First, result);
            result.Add(parts.Second);
        }
        else
        {
            result.Add(character);
        }
    }

    /// <summary>Marks of different classes on one letter have one order (Unicode, D109); those of one class keep theirs.</summary>
    private static void SortMarks(List<int> characters)
    {
        for (var i = 1; i < characters.Count; i++)
        {
            var value = Data.Value.ClassOf(characters[i]);
            for (var at = i; value > 0 && at > 0 && Data.Value.ClassOf(characters[at - 1]) > value; at--)
            {
                (characters[at - 1], characters[at]) = (characters[at], characters[at - 1]);
            }
        }
    }

    /// <summary>Joins each mark with the letter before it, unless a mark of the same class or a higher one is between them (Unicode, D117).</summary>
    private static string Compose(List<int> characters)
    {
        var result = new List<int>(characters.Count);
        var (letter, lastClass) = (-1, 0);
        foreach (var character in characters)
        {
            var value = Data.Value.ClassOf(character);
            var adjacent = letter == result.Count - 1;
            if (letter >= 0 && (adjacent || lastClass < value) && Join(result[letter], character) is { } joined)
            {
                result[letter] = joined;
                continue;
            }

            if (value == 0)
            {
                letter = result.Count;
            }

            lastClass = value;
            result.Add(character);
        }

        return string.Concat(result.Select(char.ConvertFromUtf32));
    }

    private static int? Join(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < LeadCount && second - VowelFirst is >= 0 and < VowelCount)
        {
            return HangulFirst + ((((first - LeadFirst) * VowelCount) + second - VowelFirst) * TailCount);
        }

        if (first - HangulFirst is >= 0 and < LeadCount * VowelCount * TailCount
            && (first - HangulFirst) % TailCount == 0 && second - TailFirst is > 0 and < TailCount)
        {
            return first + second - TailFirst;
        }

        return Data.Value.Pairs.TryGetValue((first, second), out var one) ? one : null;
    }

    /// <summary>The generated texts, read once, when the first name beyond ASCII comes.</summary>
    private sealed class Tables
    {
        private readonly (int First, int Last, int[] Values)[] _refused = Read(IdnaTable.Refused, NumberStyles.HexNumber);
        private readonly (int First, int Last, int[] Values)[] _mapped = Read(IdnaTable.Mapped, NumberStyles.HexNumber);
        private readonly (int First, int Last, int[] Values)[] _classes = Read(IdnaTable.Classes, NumberStyles.Integer);

        public Tables()
        {
            foreach (var (one, _, parts) in Read(IdnaTable.Pairs, NumberStyles.HexNumber))
            {
                Parts.Add(one, (parts[0], parts[1]));
                Pairs.Add((parts[0], parts[1]), one);
            }
        }

        public Dictionary<int, (int First, int Second)> Parts { get; } = [];

        public Dictionary<(int First, int Second), int> Pairs { get; } = [];

        public bool IsRefused(int character) => Find(_refused, character) >= 0;

        public int[] Map(int character)
        {
            var at = Find(_mapped, character);
            return at < 0 ? [character]
                : _mapped[at] is (var first, var last, [var only]) && last > first ? [only + character - first]
                : _mapped[at].Values;
        }

        public int ClassOf(int character) => Find(_classes, character) is >= 0 and var at ? _classes[at].Values[0] : 0;

        private static int Find((int First, int Last, int[] Values)[] runs, int character)
        {
            var (low, high) = (0, runs.Length - 1);
            while (low <= high)
            {
                var middle = (low + high) / 2;
                if (runs[middle].Last < character)
                {
                    low = middle + 1;
                }
                else if (runs[middle].First > character)
                {
                    high = middle - 1;
                }
                else
                {
                    return middle;
                }
            }

            return -1;
        }

        private static (int First, int Last, int[] Values)[] Read(string text, NumberStyles values) =>
            [.. text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(entry => ReadEntry(entry, values))];

        private static (int First, int Last, int[] Values) ReadEntry(string entry, NumberStyles values)
        {
            var equals = entry.Split('=');
            var range = equals[0].Split('-');
            return (Hex(range[0]), Hex(range[^1]), equals.Length == 1 ? [] : [.. equals[1].Split('+').Select(v => int.Parse(v, values, CultureInfo.InvariantCulture))]);
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
