using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace IronProxy.Plan;

/// <summary>
/// Reads JSON to the letter. What could be read in two ways is not read: members twice, in another letter case or spelt with escapes, which some readers would take for the ones that
/// are looked at here. Others take the last of two, the first, or stop at a NUL.
/// </summary>
public static class StrictJson
{
    private const int MaxRequestDepth = 64;

    /// <summary>Results are for programs that read deeper than this.</summary>
    private const int MaxResponseDepth = 1000;

    /// <summary>Reads a body to a server. Null when it is no JSON, or not in UTF-8.</summary>
    public static JsonDocument? ParseRequest(ReadOnlyMemory<byte> body) => Parse(body, MaxRequestDepth);

    /// <summary>Reads a body, or an event, of a server.</summary>
    public static JsonDocument? ParseResponse(ReadOnlyMemory<byte> body) => Parse(body, MaxResponseDepth);

    /// <summary>Reads members of an object, which may be absent.</summary>
    /// <param name="container">The object.</param>
    /// <param name="names">The members.</param>
    /// <param name="values">Their values; undefined for what is absent.</param>
    /// <returns>False when it is no object, or when something is there that some take for one of the members.</returns>
    /// <exception cref="InvalidOperationException">A name in it is no text.</exception>
    public static bool TryMembers(JsonElement container, string[] names, JsonElement[] values)
    {
        if (container.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var member in container.EnumerateObject())
        {
            var index = Array.FindIndex(names, member.NameEquals);
            if (index >= 0)
            {
                if (JsonMarshal.GetRawUtf8PropertyName(member).Length != Encoding.UTF8.GetByteCount(names[index]))
                {
                    return false; // With an escape.
                }

                values[index] = member.Value;
            }
            else if (Array.Exists(names, n => IsVariant(member.Name, n)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a reader that does not care for letter case, or stops at a NUL, takes one name for the other. Some count the long s and the
    /// Kelvin sign as letters s and k (Unicode simple case folding), which .NET does not.</summary>
    public static bool IsVariant(string name, string other) => Fold(name).Equals(Fold(other), StringComparison.OrdinalIgnoreCase);

    /// <summary>The text up to a NUL.</summary>
    public static string Cut(string text) => text.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var end ? text[..end] : text;

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body, int depth)
    {
        if (!Utf8.IsValid(body.Span))
        {
            return null; // Strings are not looked at before they are read, and not all are.
        }

        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = depth });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is thrown for names that are no text.
            return null;
        }
    }

    private static string Fold(string name) => Cut(name).Replace('\u017F', 's').Replace('\u212A', 'k');
}
