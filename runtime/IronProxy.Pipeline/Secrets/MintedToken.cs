namespace IronProxy.Pipeline;

/// <summary>A token that was made of credentials.</summary>
/// <param name="Value">The token.</param>
/// <param name="Lifetime">How long it is good from the moment at which it was asked for; null when nobody said.</param>
public sealed record MintedToken(SecretValue Value, TimeSpan? Lifetime);
