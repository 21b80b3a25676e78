namespace IronProxy.Certificates;

/// <summary>What a new CA looks like.</summary>
public sealed record CaOptions
{
    /// <summary>The longest common name that X.509 allows (RFC 5280, appendix A.1, ub-common-name).</summary>
    public const int MaxCommonNameLength = 64;

    /// <summary>The CA's name, as people see it in their trust stores.</summary>
    public string CommonName { get; init; } = "iron-proxy CA";

    /// <summary>The kind of its key.</summary>
    public CaKeyAlgorithm KeyAlgorithm { get; init; } = CaKeyAlgorithm.EcdsaP256;

    /// <summary>How long it is valid, from now. A stolen CA key is good for as long as this.</summary>
    public TimeSpan ValidFor { get; init; } = TimeSpan.FromDays(90);
}
