using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>tests/e2e/stubs/aws_secrets.py: secrets and parameters for those whose signature botocore agrees with.</summary>
internal sealed class AwsStub : IAsyncDisposable
{
    public const string Region = "eu-west-1";

    private const string KeyId = "AKIAEXAMPLE";
    private const string Secret = "aws-secret-canary/with+signs";

    // Debian's own, which sees Debian's packages; another one may come first in PATH.
    private const string Python = "/usr/bin/python3";

    private readonly Process _process;

    private AwsStub(Process process, string url)
    {
        _process = process;
        Url = url;
    }

    public string Url { get; }

    /// <summary>The environment of a client, without credentials.</summary>
    public (string Name, string Value)[] Place => [("AWS_ENDPOINT_URL", Url), ("AWS_REGION", Region), ("AWS_EC2_METADATA_DISABLED", "true")];

    /// <summary>The environment of a client with the right keys.</summary>
    public (string Name, string Value)[] Environment => [.. Place, ("AWS_ACCESS_KEY_ID", KeyId), ("AWS_SECRET_ACCESS_KEY", Secret)];

    public static async Task<AwsStub> StartAsync()
    {
        var (exit, _, error) = File.Exists(Python) ? await CommandLine.RunAsync(Python, "-c", "import botocore.auth") : (1, "", "");
        Skip.If(exit != 0, $"{Python} has no botocore (Debian: python3-botocore) {error}");
        var process = Process.Start(new ProcessStartInfo(Python, [Repository.Path("tests", "e2e", "stubs", "aws_secrets.py"), Region, KeyId, Secret])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!; // Started anew, never reused.
        using var limit = new CancellationTokenSource(Patience.Program);
        var line = await process.StandardOutput.ReadLineAsync(limit.Token);
        return new AwsStub(process, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{line!["listening ".Length..]}")); // It prints that first.
    }

    /// <summary>Keeps a value, or what is answered instead.</summary>
    public async Task PutAsync(string name, object answer)
    {
        var members = JsonSerializer.SerializeToNode(answer)!.AsObject(); // An object.
        members["name"] = name;
        await _process.StandardInput.WriteLineAsync(members.ToJsonString());
        await _process.StandardInput.FlushAsync();
        using var limit = new CancellationTokenSource(Patience.Event);
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is not "kept")
        {
            // Lines of requests come between.
        }
    }

    public ValueTask DisposeAsync()
    {
        _process.Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
