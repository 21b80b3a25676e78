using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Transforms;

/// <summary>One entry of <c>secrets</c>, with its value at hand and everything that can be prepared done.</summary>
public sealed class Secret : ILive<Secret>
{
    /// <summary>Prepares an entry.</summary>
    /// <param name="plan">The entry.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="PlanException">Its template has a part that does not exist.</exception>
    public Secret(SecretPlan plan, SecretValue value)
    {
        Plan = plan;
        Value = value;
        if (plan.Inject is { } inject)
        {
            InjectedValue = new SecretValue(inject.Format is { } format ? TemplateRenderer.Render(format, value.Reveal()) : value.Reveal());
        }

        Placeholder = plan.Replace is { } replace ? new Placeholder(replace) : null;
        IsForHeaders = Ascii.IsValid((InjectedValue ?? Value).Reveal());
    }

    /// <summary>The entry.</summary>
    public SecretPlan Plan { get; }

    /// <summary>Its value.</summary>
    public SecretValue Value { get; }

    /// <summary>What inject mode sets: the value, formatted.</summary>
    public SecretValue? InjectedValue { get; }

    /// <summary>What replace mode looks for; null in inject mode.</summary>
    public Placeholder? Placeholder { get; }

    /// <summary>Whether the value can be sent in a header as it is. Bodies, paths, queries and Basic credentials can carry others.</summary>
    public bool IsForHeaders { get; }

    /// <summary>What is taken out of responses.</summary>
    internal IEnumerable<ScrubbedValue> Scrubbed
    {
        get
        {
            var placeholder = Plan.Replace?.ProxyValue ?? ScrubbedValue.NoPlaceholder;
            yield return new ScrubbedValue(Plan.Name, Value, placeholder);
            if (InjectedValue is { } injected)
            {
                yield return new ScrubbedValue(Plan.Name, injected, placeholder, IsDerived: true);
            }
        }
    }

    /// <inheritdoc />
    /// <remarks>This value is for ever.</remarks>
    public ValueTask<Secret> GetAsync(CancellationToken cancellation) => new(this);

    /// <summary>Why the value cannot be sent where the entry wants it, as a sentence without the value; null when it can.</summary>
    public string? FindProblem()
    {
        if (Plan.ScrubResponses == true && ScrubbedValue.FindProblem(Value) is { } problem)
        {
            return $"The secret {Plan.Name} of line {Plan.At.Line} {problem}.";
        }

        if (Plan.Inject is { Header: null })
        {
            return null;
        }

        var what = $"The secret {Plan.Name} of line {Plan.At.Line}{(Plan.Inject?.Format is null ? "" : " with its formatter")}";

        // A line break in a value would let it write headers of its own; a secret read from a file often ends in one.
        if (!HeaderName.IsValidValue((InjectedValue ?? Value).Reveal()))
        {
            return $"{what} has a line break or another control character, so it cannot be sent in a header.";
        }

        // No two servers agree what a byte beyond ASCII in a header means (RFC 9110, 5.5).
        return !IsForHeaders && Plan.Replace is not ({ Body: true } or { Path: true } or { Query: true })
            ? $"{what} has a character beyond ASCII, so it cannot be sent in a header."
            : null;
    }
}
