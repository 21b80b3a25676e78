using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>Chooses how a key signs certificates.</summary>
internal static class SignatureGenerator
{
    public static X509SignatureGenerator For(AsymmetricAlgorithm key) => key switch
    {
        ECDsa ecdsa => X509SignatureGenerator.CreateForECDsa(ecdsa),

        // PKCS#1 v1.5 and not PSS: older TLS libraries do not take PSS in certificates.
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        _ => throw new UnreachableException(),
    };
}
