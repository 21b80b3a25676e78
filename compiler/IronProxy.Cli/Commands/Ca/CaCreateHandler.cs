using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Certificates;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Ca;

/// <summary>Writes a new CA: both files, or none.</summary>
internal sealed class CaCreateHandler(CliConsole console)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public int Run(string certificatePath, string keyPath, CaOptions options)
    {
        if (certificatePath.Length == 0 || keyPath.Length == 0)
        {
            console.Error.WriteLine("ironc: --out-cert and --out-key take the names of files");
            return ExitCode.Usage;
        }

        if (string.Equals(Path.GetFullPath(certificatePath), Path.GetFullPath(keyPath), StringComparison.Ordinal))
        {
            console.Error.WriteLine("ironc: --out-cert and --out-key name the same file");
            return ExitCode.Usage;
        }

        // Said before a key is made; creation refuses as well, should a file appear in between.
        if (new[] { keyPath, certificatePath }.FirstOrDefault(Path.Exists) is { } existing)
        {
            throw new CliException($"{existing} exists and is not overwritten; nothing was written (move it away, or name other files)");
        }

        var ca = CaGenerator.Create(options, console.Time);
        OutputFile.CreateNew(keyPath, ca.PrivateKeyPem, OwnerOnly);
        try
        {
            OutputFile.CreateNew(certificatePath, ca.CertificatePem, Public);
        }
        catch (CliException)
        {
            // A key without its certificate is of no use and would stand in the way of the next try.
            File.Delete(keyPath);
            throw;
        }

        using var certificate = X509Certificate2.CreateFromPem(ca.CertificatePem);
        console.Out.WriteLine($"certificate  {certificatePath}");
        console.Out.WriteLine($"private key  {keyPath} (mode 0600: keep it where only iron-proxy can read it)");
        console.Out.WriteLine($"subject      {certificate.Subject}");
        console.Out.WriteLine($"sha-256      {Fingerprint(certificate)}");
        console.Out.WriteLine($"expires      {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'}");
        return ExitCode.Ok;
    }

    /// <summary>In the notation of <c>openssl x509 -fingerprint</c>, so that the two can be compared by eye.</summary>
    private static string Fingerprint(X509Certificate2 certificate) =>
        string.Join(':', certificate.GetCertHash(HashAlgorithmName.SHA256).Select(b => b.ToString("X2")));
}
