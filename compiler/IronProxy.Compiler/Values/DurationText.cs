using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>Reads durations in Go's notation: numbers with units, such as <c>1h15m30.5s</c>.</summary>
internal static class DurationText
{
    private static readonly (string Unit, decimal Nanoseconds)[] Units =
    [
        // The longer of two units with one beginning stands first.
        ("ns", 1m), ("us", 1_000m), ("µs", 1_000m), ("μs", 1_000m), ("ms", 1_000_000m),
        ("s", 1_000_000_000m), ("m", 60_000_000_000m), ("h", 3_600_000_000_000m),
    ];

    /// <summary>Timers of the platform count milliseconds in 31 bits, which is some minutes more.</summary>
    private const int MaxHours = 596;

    /// <summary>The duration in milliseconds, rounded up; null when it is not a positive one, and the bag says why.</summary>
    public static long? ParsePositiveMilliseconds(Located<string> text, DiagnosticBag bag)
    {
        if (ParseNanoseconds(text, bag) is not { } nanoseconds)
        {
            return null;
        }

        if (nanoseconds <= 0)
        {
            bag.DurationNotPositive(text.Span);
            return null;
        }

        return InMilliseconds(nanoseconds, text, bag);
    }

    /// <summary>The duration in milliseconds, rounded up, where 0 stands for never; null when it is not one, and the bag says why.</summary>
    public static long? ParseMilliseconds(Located<string> text, DiagnosticBag bag)
    {
        if (ParseNanoseconds(text, bag) is not { } nanoseconds)
        {
            return null;
        }

        if (nanoseconds < 0)
        {
            bag.DurationNegative(text.Span);
            return null;
        }

        return InMilliseconds(nanoseconds, text, bag);
    }

    private static long? InMilliseconds(decimal nanoseconds, Located<string> text, DiagnosticBag bag)
    {
        if (nanoseconds > MaxHours * 3_600_000_000_000m)
        {
            bag.DurationTooLong(text.Span, $"{MaxHours}h");
            return null;
        }

        return (long)decimal.Ceiling(nanoseconds / 1_000_000m);
    }

    private static decimal? ParseNanoseconds(Located<string> text, DiagnosticBag bag)
    {
        var value = text.Value;
        decimal? Fail(int offset, int length, string problem)
        {
            bag.DurationInvalid(bag.Source.Slice(text.Node, Math.Min(offset, Math.Max(0, value.Length - 1)), Math.Max(1, length)), problem);
            return null;
        }

        var at = value is ['+' or '-', ..] ? 1 : 0;
        if (value.AsSpan(at) is "0")
        {
            return 0;
        }

        if (at == value.Length)
        {
            return Fail(0, value.Length, "the duration is empty");
        }

        var total = 0m;
        while (at < value.Length)
        {
            var start = at;
            while (at < value.Length && (char.IsAsciiDigit(value[at]) || value[at] == '.'))
            {
                at++;
            }

            var number = value[start..at];
            if (number.Length == 0)
            {
                return Fail(start, 1, $"a number is expected here, and this is {Quote.Of(value[start..])}");
            }

            if (number.Length > 25 || number.Count(c => c == '.') > 1 || number == "."
                || !decimal.TryParse(number, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var amount))
            {
                return Fail(start, number.Length, $"{Quote.Of(number)} is not a number");
            }

            var unit = Units.FirstOrDefault(u => value.AsSpan(at).StartsWith(u.Unit, StringComparison.Ordinal));
            if (unit.Unit is null)
            {
                return at == value.Length
                    ? Fail(start, number.Length, "the duration has no unit")
                    : Fail(at, 1, $"there is no unit {Quote.Of(UnitText(value, at))}");
            }

            at += unit.Unit.Length;
            if (amount > long.MaxValue / unit.Nanoseconds || (total += amount * unit.Nanoseconds) > long.MaxValue)
            {
                return Fail(0, value.Length, "the duration is longer than 292 years");
            }
        }

        return value[0] == '-' ? -total : total;
    }

    private static string UnitText(string value, int at)
    {
        var end = at;
        while (end < value.Length && !char.IsAsciiDigit(value[end]) && value[end] != '.')
        {
            end++;
        }

        return value[at..end];
    }
}
