namespace IronProxy.Pipeline;

/// <summary>What one step did to one request or response.</summary>
/// <param name="name">The transform's name.</param>
public sealed class StepRecord(string name)
{
    private List<KeyValuePair<string, object>>? _annotations;

    /// <summary>The transform's name.</summary>
    public string Name { get; } = name;

    /// <summary>What the step decided.</summary>
    public StepOutcome Outcome { get; set; }

    /// <summary>How long it took, in milliseconds.</summary>
    public double DurationMs { get; set; }

    /// <summary>Annotations in the order of their adding. Values are strings, numbers, booleans, lists of strings or of <see cref="SecretUse"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Annotations => _annotations ?? [];

    /// <summary>Adds an annotation.</summary>
    public void Annotate(string key, object value) => (_annotations ??= []).Add(new(key, value));
}

/// <summary>A secret that was put into a request, by name.</summary>
/// <param name="Secret">The secret's name, never its value.</param>
/// <param name="Locations">Where it was put, such as <c>header:Authorization</c>.</param>
public sealed record SecretUse(string Secret, IReadOnlyList<string> Locations);
