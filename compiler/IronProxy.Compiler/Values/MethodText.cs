using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads methods. The file may write them in lower case; requests may not.</summary>
internal static class MethodText
{
    /// <summary>Stands for every method.</summary>
    public const string Any = "*";

    /// <summary>The method in upper case, or null; the bag says why.</summary>
    public static string? Parse(Located<string> text, DiagnosticBag bag)
    {
        var method = text.Value.ToUpperInvariant();
        if (RequestMethod.IsValid(method) && !method.Contains('*', StringComparison.Ordinal))
        {
            return method;
        }

        bag.MethodInvalid(text.Span, text.Value);
        return null;
    }
}
