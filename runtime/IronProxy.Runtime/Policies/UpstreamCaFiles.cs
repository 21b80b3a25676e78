using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Plan;

namespace IronProxy.Runtime.Policies;

/// <summary>Reads the CAs that a plan trusts for upstreams.</summary>
internal static class UpstreamCaFiles
{
    /// <exception cref="StartupException">One cannot be read or holds no certificate.</exception>
    public static X509Certificate2Collection Load(UpstreamPlan plan, HostAccess host)
    {
        var all = new X509Certificate2Collection();
        foreach (var ca in plan.Cas ?? [])
        {
            var text = Read(ca, host);
            var announced = text.AsSpan().Count("-----BEGIN CERTIFICATE-----");
            if (announced == 0)
            {
                throw new StartupException($"The file {ca.Path} of line {ca.At.Line} (proxy.upstream_ca) holds no certificate in PEM format.");
            }

            // What cannot be found between its lines is passed over without a word, and would be missed much later.
            var before = all.Count;
            if (!TryImport(all, text) || all.Count - before != announced)
            {
                throw new StartupException($"The file {ca.Path} of line {ca.At.Line} (proxy.upstream_ca) holds a certificate that cannot be read.");
            }
        }

        return all;
    }

    private static string Read(UpstreamCaPlan ca, HostAccess host)
    {
        try
        {
            return host.ReadFile(ca.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The file {ca.Path} of line {ca.At.Line} (proxy.upstream_ca) cannot be read ({e.GetType().Name}).", e);
        }
    }

    private static bool TryImport(X509Certificate2Collection all, string text)
    {
        try
        {
            all.ImportFromPem(text);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
