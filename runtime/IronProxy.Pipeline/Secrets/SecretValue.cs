namespace IronProxy.Pipeline;

/// <summary>A real credential. It shows itself only to <see cref="Reveal"/>, so that no log or message can carry it by accident.</summary>
/// <param name="value">The credential.</param>
public sealed class SecretValue(string value)
{
    /// <summary>The credential, for the one place that puts it on the wire.</summary>
    public string Reveal() => value;

    /// <inheritdoc />
    public override string ToString() => "***";
}
