using System.Text;

namespace IronProxy.Compiler.Syntax;

/// <summary>Shows a piece of the file in a message: in quotes, shortened, and with control characters made visible.</summary>
internal static class Quote
{
    private const int MaxLength = 60;

    /// <summary>The text as it may be printed on a terminal.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (var c in text.Length > MaxLength ? text.AsSpan(0, MaxLength) : text)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
            {
                shown.Append($"\\u{(int)c:x4}");
            }
            else
            {
                shown.Append(c);
            }
        }

        return shown.Append(text.Length > MaxLength ? "…\"" : "\"").ToString();
    }
}
