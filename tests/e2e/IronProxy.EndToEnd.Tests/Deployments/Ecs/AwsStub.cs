using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>aws.py, and an <c>aws</c> that is Debian's and talks to it. It is on loopback, or in a network that a command line leads into.</summary>
internal sealed class AwsStub : IAsyncDisposable
{
    private const string Cli = "/usr/bin/aws";

    private readonly Process _process;
    private readonly string _folder;

    private AwsStub(Process process, string folder, int port)
    {
        (_process, _folder, Port) = (process, folder, port);
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        var program = Path.Combine(folder, "bin", "aws");
        File.WriteAllText(program, $"#!/bin/sh\nexec {Cli} --endpoint-url http://127.0.0.1:{port} \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public int Port { get; }

    /// <summary>All requests so far.</summary>
    public IReadOnlyList<JsonNode> Requests => [.. File.ReadLines(Record).Select(l => JsonNode.Parse(l)!)]; // Each line is an object.

    /// <summary>Those that change something.</summary>
    public IReadOnlyList<JsonNode> Changes =>
        [.. Requests.Where(r => (string)r["operation"]! is { } name && !name.StartsWith("Get", StringComparison.Ordinal) && !name.StartsWith("Describe", StringComparison.Ordinal) && !name.StartsWith("List", StringComparison.Ordinal) && name is not ("HEAD" or "GET"))];

    private string Record => Path.Combine(_folder, "record");

    /// <summary>Starts it. Skips the test where it cannot be.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="inside">What runs a command line where it is to listen; nothing for this machine.</param>
    public static async Task<AwsStub> StartAsync(string address = "127.0.0.1", params IReadOnlyList<string> inside)
    {
        Skip.IfNot(File.Exists(Cli), $"{Cli} is not installed (Debian: awscli)");
        var folder = Directory.CreateTempSubdirectory("iron-aws-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "record"), "");
        string[] command = [.. inside, "python3", Repository.Path("tests", "e2e", "IronProxy.EndToEnd.Tests", "Deployments", "Ecs", "aws.py"), address, Path.Combine(folder, "record")];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException("python3 could not be started.");
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program);
        return new AwsStub(process, folder, int.Parse(line ?? throw new InvalidOperationException("aws.py ended."), CultureInfo.InvariantCulture));
    }

    /// <summary>Runs lines of bash, in which <c>aws</c> talks to this.</summary>
    public Task<ShellResult> RunAsync(string folder, string script) => DeploymentShell.RunAsync(
        script,
        folder,
        new Dictionary<string, string>
        {
            ["PATH"] = $"{_folder}/bin:{Environment.GetEnvironmentVariable("PATH")}",
            ["AWS_ACCESS_KEY_ID"] = "AKIAEXAMPLE",
            ["AWS_SECRET_ACCESS_KEY"] = "example",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
            ["NO_PROXY"] = "127.0.0.1",
        });

    /// <summary>From now on an operation is not allowed; or it is again.</summary>
    public async Task DenyAsync(string operation)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod("DENY"), $"http://127.0.0.1:{Port}/{operation}");
        (await client.SendAsync(request)).EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
