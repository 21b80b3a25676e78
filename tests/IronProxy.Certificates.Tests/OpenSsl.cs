using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.Certificates.Tests;

/// <summary>The real openssl, in a folder of its own that the test deletes.</summary>
internal sealed class OpenSsl : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iron-openssl-");

    public void Dispose() => _folder.Delete(recursive: true);

    public string Write(string file, string content)
    {
        File.WriteAllText(PathOf(file), content);
        return file;
    }

    public string Read(string file) => File.ReadAllText(PathOf(file));

    /// <summary>Runs openssl in the folder and returns what it printed. Any exit code but 0 fails the test.</summary>
    public string Run(params string[] arguments)
    {
        var (exitCode, output) = TryRun(arguments);
        Assert.True(exitCode == 0, $"openssl {string.Join(' ', arguments)}: exit code {exitCode}\n{output}");
        return output;
    }

    /// <summary>A CA as the guide of the configuration format makes one.</summary>
    public (string Certificate, string Key) CreateCa(params string[] keyCommand)
    {
        Run([keyCommand[0], "-out", "ca.key", .. keyCommand[1..]]);
        Run("req", "-x509", "-new", "-nodes", "-key", "ca.key", "-sha256", "-days", "90", "-subj", "/CN=iron-proxy CA",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", "-out", "ca.crt");
        return (Read("ca.crt"), Read("ca.key"));
    }

    private (int ExitCode, string Output) TryRun(string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!; // Never null: a new process is started.
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience.Program), "openssl does not end");
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);
}
