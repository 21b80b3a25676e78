using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>Reads regular expressions that stand for themselves, without slashes.</summary>
internal static class ExpressionText
{
    /// <summary>The expression for .NET's non-backtracking engine, or null; the bag says why.</summary>
    public static string? Parse(Located<string> text, DiagnosticBag bag)
    {
        if (text.Value.Length == 0)
        {
            bag.ExpressionInvalid(text.Span, "it is empty, which matches every value");
            return null;
        }

        var translation = Re2Translator.Translate(text.Value);
        if (translation.Problem is { } problem)
        {
            bag.ExpressionInvalid(bag.Source.Slice(text.Node, translation.At, Math.Max(1, translation.Length)), problem);
            return null;
        }

        return translation.Pattern;
    }
}
