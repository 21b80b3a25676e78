using System.Collections.Immutable;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Transforms.Secrets;

/// <summary>Fills in a value template.</summary>
internal static class TemplateRenderer
{
    /// <summary>Renders a template whose only field is <c>Value</c>.</summary>
    public static string Render(ImmutableArray<TemplatePartPlan> parts, string value)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part switch
            {
                { Text: { } literal } => literal,
                { Field: "Value" } => value,
                { Base64: { } inner } => Convert.ToBase64String(Encoding.UTF8.GetBytes(Render(inner, value))),
                _ => throw new StartupException("The plan has a value template with a part that this build does not have."),
            });
        }

        return text.ToString();
    }
}
