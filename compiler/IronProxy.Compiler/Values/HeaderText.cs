using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads header names, and expressions over them.</summary>
internal static class HeaderText
{
    /// <summary>Reads a name; null when it is none, and the bag says why.</summary>
    public static string? ParseName(Located<string> text, DiagnosticBag bag)
    {
        if (HeaderName.IsValid(text.Value))
        {
            return text.Value;
        }

        bag.HeaderInvalid(text.Span, text.Value);
        return null;
    }

    /// <summary>Reads the name of a header that a secret may be put into.</summary>
    public static string? ParseSecretTarget(Located<string> text, DiagnosticBag bag)
    {
        if (ParseName(text, bag) is not { } name)
        {
            return null;
        }

        if (HeaderName.IsFraming(name) || HeaderName.IsHopByHop(name))
        {
            bag.HeaderReserved(text.Span, name);
            return null;
        }

        return name;
    }

    /// <summary>Reads a name, or an expression between slashes.</summary>
    public static HeaderPatternPlan? ParsePattern(Located<string> text, DiagnosticBag bag, bool secretTarget)
    {
        var value = text.Value;
        if (value.Length < 2 || value[0] != '/' || value[^1] != '/')
        {
            // It stays in the plan, where it matches nothing: without it the list could be empty, which means all headers.
            if (secretTarget && !HeaderName.IsValid(value))
            {
                bag.HeaderNeverScanned(text.Span, value);
                return new HeaderPatternPlan { Name = value, At = text.At };
            }

            var name = secretTarget ? ParseSecretTarget(text, bag) : ParseName(text, bag);
            return name is null ? null : new HeaderPatternPlan { Name = name, At = text.At };
        }

        if (value.Length == 2)
        {
            bag.ExpressionInvalid(text.Span, "it is empty, which matches every header");
            return null;
        }

        var translation = Re2Translator.Translate(value[1..^1]);
        if (translation.Problem is { } problem)
        {
            bag.ExpressionInvalid(bag.Source.Slice(text.Node, translation.At + 1, Math.Max(1, translation.Length)), problem);
            return null;
        }

        return new HeaderPatternPlan { Regex = translation.Pattern, At = text.At };
    }
}
