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

        // A line break in a value would let it write headers of its own; a secret read from a file often ends in one.
        var inHeader = plan.Inject?.Header is not null || plan.Replace is not null;
        if (inHeader && !HeaderName.IsValidValue((InjectedValue ?? Value).Reveal()))
        {
            throw new StartupException(
                $"The secret {plan.Name} of line {plan.At.Line} has a line break or another control character, so it cannot be sent in a header.");
        }
    }

    public SecretPlan Plan { get; }

    public SecretValue Value { get; }

    /// <summary>What inject mode sets: the value, formatted.</summary>
    public SecretValue? InjectedValue { get; }

    public Placeholder? Placeholder { get; }
}
