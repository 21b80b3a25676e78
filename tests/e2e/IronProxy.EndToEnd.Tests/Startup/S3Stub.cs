using System.Diagnostics;
using System.Globalization;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Startup;

/// <summary>tests/e2e/stubs/s3.py: objects for those whose signature botocore agrees with.</summary>
internal sealed class S3Stub : IAsyncDisposable
{
    public const string Region = "eu-west-1";

    private const string KeyId = "AKIAEXAMPLE";
    private const string Secret = "only-for-tests/with+signs";

    // Debian's own, which sees Debian's packages; another one may come first in PATH.
    private const string Python = "/usr/bin/python3";

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private S3Stub(Process process, DirectoryInfo folder, int port)
    {
        _process = process;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The environment of a client with the right credentials.</summary>
    public (string Name, string Value)[] Environment =>
    [
        ("AWS_REGION", Region),
        ("AWS_ACCESS_KEY_ID", KeyId),
        ("AWS_SECRET_ACCESS_KEY", Secret),
        ("AWS_ENDPOINT_URL_S3", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}")),
    ];

    public static async Task<S3Stub> StartAsync()
    {
        var (exit, _, error) = File.Exists(Python) ? await CommandLine.RunAsync(Python, "-c", "import botocore.auth") : (1, "", "");
        Skip.If(exit != 0, $"{Python} has no botocore (Debian: python3-botocore) {error}");
        var folder = Directory.CreateTempSubdirectory("s3-");
        var process = Process.Start(new ProcessStartInfo(Python, [Repository.Path("tests", "e2e", "stubs", "s3.py"), "127.0.0.1", "0", folder.FullName, Region, KeyId, Secret])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!; // Started anew, never reused.
        using var limit = new CancellationTokenSource(Patience.Program);
        var line = await process.StandardOutput.ReadLineAsync(limit.Token);
        return new S3Stub(process, folder, int.Parse(line!["listening ".Length..], CultureInfo.InvariantCulture)); // It prints that first.
    }

    public void Put(string bucket, string key, string content)
    {
        var path = Path.Combine(_folder.FullName, bucket, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // It is below the folder.
        File.WriteAllText(path, content);
    }

    /// <summary>The lines that are left when it ends: one for each request.</summary>
    public async Task<string> StopAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience.Program);
        return await _process.StandardOutput.ReadToEndAsync(limit.Token);
    }

    public ValueTask DisposeAsync()
    {
        _process.Kill();
        _process.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
