using System.Text.RegularExpressions;

namespace IronProxy.Plan.Matching;

/// <summary>
/// Makes the regular expressions of a plan. The compiler has refused those that cannot be made; a plan that was written by other means may have one
/// all the same.
/// </summary>
internal static class PlanExpression
{
    /// <summary>Makes one.</summary>
    /// <param name="expression">As it stands in the plan.</param>
    /// <param name="options">How it is read. The engine is linear in the length of the text, whatever the expression.</param>
    /// <exception cref="PlanException">It is none, or not one for this engine.</exception>
    public static Regex Create(string expression, RegexOptions options)
    {
        try
        {
            return new Regex(expression, options | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is RegexParseException or NotSupportedException)
        {
            throw new PlanException($"The plan has a regular expression that cannot be used: {e.Message}", e);
        }
    }
}
