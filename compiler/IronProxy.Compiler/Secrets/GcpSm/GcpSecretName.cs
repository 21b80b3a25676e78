using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Secrets.GcpSm;

/// <summary>Reads names of secrets in Google Cloud (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).</summary>
internal static class GcpSecretName
{
    private const string Latest = "latest";

    /// <summary>Reads one.</summary>
    /// <returns>The name of the version; null when it is none, and the bag says why.</returns>
    public static string? Parse(Located<string> text, DiagnosticBag bag)
    {
        var parts = text.Value.Split('/');
        if (parts is ["projects", _, "secrets", _] or ["projects", _, "secrets", _, "versions", _]
            && parts.Where((_, index) => index % 2 == 1).All(IsName))
        {
            return parts.Length == 4 ? $"{text.Value}/versions/{Latest}" : text.Value;
        }

        bag.GcpSecretNameInvalid(text.Span, text.Value);
        return null;
    }

    /// <summary>Letters, digits, hyphens and underscores; a colon and dots are in projects of a domain (example.com:project).</summary>
    private static bool IsName(string part) => part.Length > 0 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ':' or '.');
}
