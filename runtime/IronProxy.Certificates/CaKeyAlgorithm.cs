namespace IronProxy.Certificates;

/// <summary>The kind of key that a new CA signs with.</summary>
public enum CaKeyAlgorithm
{
    /// <summary>ECDSA on P-256: the quickest to sign, and accepted everywhere that TLS 1.2 is.</summary>
    EcdsaP256,

    /// <summary>RSA with 2048 bits, for clients that take no elliptic curves.</summary>
    Rsa2048,

    /// <summary>RSA with 4096 bits: each new leaf costs about eight times as much as with P-256.</summary>
    Rsa4096,
}
