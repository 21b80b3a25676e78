using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>Checks references to fields of 1Password items.</summary>
internal static class SecretReferenceText
{
    private const string Scheme = "op://";

    /// <summary>Reports what is not <c>op://vault/item/[section/]field</c>.</summary>
    public static void Require(Located<string> text, DiagnosticBag bag)
    {
        var parts = text.Value.StartsWith(Scheme, StringComparison.Ordinal) ? text.Value[Scheme.Length..].Split('/') : [];
        if (parts.Length is not (3 or 4) || parts.Any(string.IsNullOrWhiteSpace) || text.Value.Any(char.IsControl))
        {
            bag.SecretReferenceInvalid(text.Span);
        }
    }
}
