namespace IronProxy.Certificates.Tests;

/// <summary>CAs for tests.</summary>
internal static class TestCa
{
    public static CertificateAuthority Create(TimeProvider time, TimeSpan? validFor = null)
    {
        var pem = CaGenerator.Create(new CaOptions { ValidFor = validFor ?? TimeSpan.FromDays(90) }, time);
        return CertificateAuthority.Load(pem.CertificatePem, pem.PrivateKeyPem, time);
    }
}
