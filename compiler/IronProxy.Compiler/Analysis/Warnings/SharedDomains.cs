using System.Collections.Frozen;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// Domains under which strangers get names: top-level domains, and a short list of registries and hosting services. It is no
/// copy of the public suffix list, which has thousands of entries: what is missing here is not warned about.
/// </summary>
internal static class SharedDomains
{
    /// <summary>Names without a registry: RFC 2606, RFC 6761, RFC 6762, RFC 8375, ICANN's .internal, and what companies use.</summary>
    private static readonly FrozenSet<string> Private =
        new[] { "internal", "local", "localhost", "test", "example", "invalid", "lan", "corp", "home", "intranet", "private", "localdomain", "arpa" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Shared = new[]
    {
        // Second-level registries of large countries.
        "co.uk", "org.uk", "ac.uk", "com.au", "net.au", "co.jp", "ne.jp", "com.br", "com.cn", "co.in", "co.kr", "co.nz", "co.za", "com.mx", "com.tr", "com.tw", "com.sg",

        // Pages and applications of anybody.
        "github.io", "gitlab.io", "pages.dev", "workers.dev", "netlify.app", "vercel.app", "herokuapp.com", "onrender.com", "fly.dev", "web.app", "firebaseapp.com",
        "appspot.com", "run.app", "azurewebsites.net", "azurestaticapps.net", "cloudfront.net", "azureedge.net", "glitch.me", "replit.app", "surge.sh", "deno.dev",

        // Storage of anybody.
        "s3.amazonaws.com", "blob.core.windows.net", "storage.googleapis.com", "r2.dev", "digitaloceanspaces.com",

        // Tunnels to anybody's machine.
        "ngrok.io", "ngrok.app", "ngrok-free.app", "trycloudflare.com", "loca.lt", "serveo.net", "devtunnels.ms",

        // Names of any address.
        "nip.io", "sslip.io", "duckdns.org", "dyndns.org", "ddns.net",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether anyone can get a name directly below a domain.</summary>
    public static bool Holds(string domain) =>
        Shared.Contains(domain) || (!domain.Contains('.', StringComparison.Ordinal) && !Private.Contains(domain) && !domain.All(char.IsAsciiDigit));
}
