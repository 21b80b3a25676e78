using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Tls;

/// <summary>Checks the section tls, which cannot be left out: TLS cannot be terminated without a CA.</summary>
internal static class TlsValidator
{
    /// <param name="config">The section, or null.</param>
    /// <param name="file">Where the file begins.</param>
    /// <param name="context">Where findings go.</param>
    public static void Validate(TlsConfig? config, SourceSpan file, ValidationContext context)
    {
        if (config is null)
        {
            context.Bag.CaMissing(file, "ca_cert");
            context.Bag.CaMissing(file, "ca_key");
            return;
        }

        if (config.EffectiveMode == TlsMode.SniOnly)
        {
            foreach (var key in TlsConfig.MitmKeys.Where(config.Has))
            {
                context.Bag.TlsKeyUnused(config.KeySpan(key), key);
            }

            return;
        }

        Require(config, "ca_cert", config.CaCert, context);
        Require(config, "ca_key", config.CaKey, context);
    }

    private static void Require(TlsConfig config, string key, Binding.Located<string>? path, ValidationContext context)
    {
        if (path is { } value)
        {
            context.RequireText(value, "the path");
        }
        else if (!context.Structure.IsBroken(config) && !config.Has(key))
        {
            context.Bag.CaMissing(config.Span, key);
        }
    }
}
