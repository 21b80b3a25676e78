using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Writes a value template with names in braces where the values would be.</summary>
public static class TemplateDescription
{
    private const string Credentials = "Credentials.";

    /// <summary>A template of <c>secrets</c>, whose only value is that of the secret.</summary>
    public static string Of(SecretPlan secret) =>
        secret.Inject?.Format is { } format ? Describe(format, _ => secret.Name) : $"{{{secret.Name}}}";

    /// <summary>A template of <c>hmac_sign</c>: credentials by the names of their sources, other fields by their own.</summary>
    public static string Of(ImmutableArray<TemplatePartPlan> parts, ImmutableArray<CredentialPlan> credentials) => Describe(
        parts,
        field => field.StartsWith(Credentials, StringComparison.Ordinal)
            ? credentials.FirstOrDefault(c => c.Name == field[Credentials.Length..])?.Source.DisplayName ?? field
            : field);

    private static string Describe(ImmutableArray<TemplatePartPlan> parts, Func<string, string> name)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part switch
            {
                { Text: { } literal } => literal,
                { Field: { } field } => $"{{{name(field)}}}",
                { Base64: { } inner } => $"base64({Describe(inner, name)})",
                _ => throw new UnreachableException("A part of a template has one member."),
            });
        }

        return text.ToString();
    }
}
