namespace IronProxy.Pipeline;

/// <summary>A refresh token that has come in the place of another.</summary>
/// <param name="Value">The token.</param>
/// <param name="Rotation">The how manieth it is behind the one in the store. Of two, the higher is the newer.</param>
public sealed record KeptToken(SecretValue Value, long Rotation);
