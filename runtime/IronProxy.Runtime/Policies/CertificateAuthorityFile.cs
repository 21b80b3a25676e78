using IronProxy.Certificates;
using IronProxy.Plan;

namespace IronProxy.Runtime.Policies;

/// <summary>Reads the CA that a plan names.</summary>
internal static class CertificateAuthorityFile
{
    /// <exception cref="StartupException">It cannot be read or used.</exception>
    public static CertificateAuthority Load(TlsPlan plan, HostAccess host, TimeProvider time)
    {
        var certificate = Read("tls.ca_cert", plan.CaCert, host);
        var key = Read("tls.ca_key", plan.CaKey, host);
        try
        {
            return CertificateAuthority.Load(certificate, key, time);
        }
        catch (CertificateAuthorityException e)
        {
            throw new StartupException($"The CA of tls.ca_cert ({plan.CaCert}) cannot be used: {e.Message}", e);
        }
    }

    private static string Read(string key, string? path, HostAccess host)
    {
        try
        {
            return host.ReadFile(path ?? throw new StartupException($"The plan has no {key}."));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StartupException($"{key}: the file {path} does not exist. 'ironc ca create' makes a CA.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{key}: the file {path} cannot be read: {e.Message}", e);
        }
    }
}
