using System.Diagnostics.CodeAnalysis;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>A request that the user expects something of.</summary>
/// <param name="Method">The method.</param>
/// <param name="Url">An http or https URL.</param>
internal sealed record WorkloadRequest(string Method, Uri Url)
{
    /// <summary>Reads <c>URL</c> or <c>METHOD URL</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out WorkloadRequest? request)
    {
        request = null;
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is not (1 or 2)
            || (parts.Length == 2 && !parts[0].All(char.IsAsciiLetterUpper))
            || !Uri.TryCreate(parts[^1], UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https"))
        {
            return false;
        }

        request = new WorkloadRequest(parts.Length == 2 ? parts[0] : "GET", url);
        return true;
    }

    public override string ToString() => $"{Method} {Url}";
}
