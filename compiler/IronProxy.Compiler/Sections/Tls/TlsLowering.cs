using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Tls;

/// <summary>Lowers the section tls.</summary>
internal static class TlsLowering
{
    private const int DefaultCacheSize = 1000;
    private const int DefaultExpiryHours = 72;

    public static TlsPlan Lower(TlsConfig config) => new()
    {
        Mode = config.Mode?.Value ?? TlsConfig.Mitm,
        CaCert = config.CaCert.Checked().Value,
        CaKey = config.CaKey.Checked().Value,
        CertCacheSize = (int)(config.CertCacheSize?.Value ?? DefaultCacheSize),
        LeafCertExpiryHours = (int)(config.LeafCertExpiryHours?.Value ?? DefaultExpiryHours),
    };
}
