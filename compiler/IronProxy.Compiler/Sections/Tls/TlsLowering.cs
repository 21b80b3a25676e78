using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Tls;

/// <summary>Lowers the section tls.</summary>
internal static class TlsLowering
{
    private const int DefaultCacheSize = 1000;
    private const int DefaultExpiryHours = 72;

    public static TlsPlan Lower(TlsConfig config)
    {
        var mitm = config.EffectiveMode == TlsMode.Mitm;
        return new TlsPlan
        {
            Mode = config.EffectiveMode,
            CaCert = mitm ? config.CaCert.Checked().Value : null,
            CaKey = mitm ? config.CaKey.Checked().Value : null,
            CertCacheSize = (int)(config.CertCacheSize?.Value ?? DefaultCacheSize),
            LeafCertExpiryHours = (int)(config.LeafCertExpiryHours?.Value ?? DefaultExpiryHours),
        };
    }
}
