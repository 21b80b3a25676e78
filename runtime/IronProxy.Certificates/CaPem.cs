namespace IronProxy.Certificates;

/// <summary>A new CA. The key is a secret: it is left out of <see cref="ToString"/>.</summary>
/// <param name="CertificatePem">The certificate.</param>
/// <param name="PrivateKeyPem">Its private key, PKCS#8, not encrypted.</param>
public sealed record CaPem(string CertificatePem, string PrivateKeyPem)
{
    /// <inheritdoc />
    public override string ToString() => "CaPem { PrivateKeyPem = *** }";
}
