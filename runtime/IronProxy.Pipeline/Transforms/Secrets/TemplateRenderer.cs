using System.Collections.Immutable;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Fills in a value template.</summary>
public static class TemplateRenderer
{
    /// <summary>Renders a template whose only field is <c>Value</c>.</summary>
    /// <param name="parts">The template.</param>
    /// <param name="value">What stands for the field.</param>
    /// <exception cref="PlanException">A part is none that there is.</exception>
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
                _ => throw new PlanException("The plan has a value template with a part that this build does not have."),
            });
        }

        return text.ToString();
    }
}
