using System.Text;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Transforms.Secrets;

/// <summary>One entry of <c>secrets</c>, with its value at hand and everything that can be prepared done.</summary>
internal sealed class Secret
{
    public Secret(SecretPlan plan, SecretReader reader)
    {
        Plan = plan;
        Value = reader.Read(plan);
        if (plan.Inject is { } inject)
        {
            InjectedValue = new SecretValue(inject.Format is { } format ? TemplateRenderer.Render(format, Value.Reveal()) : Value.Reveal());
        }

        Placeholder = plan.Replace is { } replace ? new Placeholder(replace) : null;
        var inHeader = (InjectedValue ?? Value).Reveal();
        IsForHeaders = Ascii.IsValid(inHeader);
        if (plan.Inject is { Header: null })
        {
            return;
        }

        var what = $"The secret {plan.Name} of line {plan.At.Line}{(plan.Inject?.Format is null ? "" : " with its formatter")}";

        // A line break in a value would let it write headers of its own; a secret read from a file often ends in one.
        if (!HeaderName.IsValidValue(inHeader))
        {
            throw new StartupException($"{what} has a line break or another control character, so it cannot be sent in a header.");
        }

        // No two servers agree what a byte beyond ASCII in a header means (RFC 9110, 5.5).
        if (!IsForHeaders && plan.Replace is not ({ Body: true } or { Path: true } or { Query: true }))
        {
            throw new StartupException($"{what} has a character beyond ASCII, so it cannot be sent in a header.");
        }
    }

    public SecretPlan Plan { get; }

    public SecretValue Value { get; }

    /// <summary>What inject mode sets: the value, formatted.</summary>
    public SecretValue? InjectedValue { get; }

    public Placeholder? Placeholder { get; }

    /// <summary>Whether the value can be sent in a header as it is. Bodies, paths, queries and Basic credentials can carry others.</summary>
    public bool IsForHeaders { get; }
}
