using System.Globalization;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>Reads prices in US dollars for a million tokens.</summary>
internal static class PriceText
{
    /// <summary>More would be a slip, such as a price in another currency.</summary>
    private const decimal Most = 100_000;

    /// <summary>A thousandth of a dollar for a million tokens is a billionth for one.</summary>
    private const int Thousandths = 1000;

    /// <summary>The price of one token in billionths of a dollar, or null; the bag says why.</summary>
    public static long? ParseNanodollars(Located<string> text, DiagnosticBag bag)
    {
        if (decimal.TryParse(text.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var dollars)
            && dollars is >= 0 and <= Most && decimal.Truncate(dollars * Thousandths) == dollars * Thousandths)
        {
            return (long)(dollars * Thousandths);
        }

        bag.PriceInvalid(text.Span, text.Value);
        return null;
    }
}
