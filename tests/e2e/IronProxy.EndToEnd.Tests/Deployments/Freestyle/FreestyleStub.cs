using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments.Freestyle;

/// <summary>stubs/freestyle.py, and generated scripts that talk to it with the real SDK.</summary>
internal sealed class FreestyleStub : IAsyncDisposable
{
    public const string OpenAiKey = "real-\"key\" of $OPENAI `x` \\ 4711";
    public const string AnthropicKey = "real-key-of-anthropic-4712";

    private readonly Process _process;
    private readonly string _folder;
    private readonly int _port;

    private FreestyleStub(Process process, string folder, int port) => (_process, _folder, _port) = (process, folder, port);

    /// <summary>The generated folder.</summary>
    public string Deployment => Path.Combine(_folder, "freestyle");

    /// <summary>All requests so far.</summary>
    public IReadOnlyList<JsonNode> Requests => [.. File.ReadLines(Record).Select(l => JsonNode.Parse(l)!)]; // Each line is an object.

    /// <summary>The requests, a line each, as <c>POST /v5/vms</c>.</summary>
    public IReadOnlyList<string> Lines => [.. Requests.Select(r => $"{r["method"]} {r["path"]}")];

    private string Record => Path.Combine(_folder, "record");

    /// <summary>Starts it, and generates the sample's deployment for an SDK. Skips the test where it cannot be.</summary>
    /// <param name="sdk">0.2 or 0.1.</param>
    /// <param name="inside">What runs a command line in the VM; without it every command succeeds.</param>
    public static async Task<FreestyleStub> StartAsync(string sdk, params IReadOnlyList<string> inside)
    {
        CommandLine.Require("node", "nodejs");
        CommandLine.Require("python3", "python3");
        var package = Repository.Path("tests", "e2e", "judges", "node_modules", sdk == "0.2" ? "freestyle" : "freestyle-old");
        Skip.IfNot(Directory.Exists(package), "the SDKs are not installed (npm ci --ignore-scripts in tests/e2e/judges)");

        var folder = Directory.CreateTempSubdirectory("iron-freestyle-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "record"), "");
        var start = new ProcessStartInfo("python3", [Repository.Path("tests", "e2e", "stubs", "freestyle.py"), Path.Combine(folder, "record"), .. inside]) { RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException("python3 could not be started.");
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program);
        var stub = new FreestyleStub(process, folder, int.Parse(line ?? throw new InvalidOperationException("freestyle.py ended."), CultureInfo.InvariantCulture));
        await CommandLine.SucceedAsync(ProxyBinaries.Ironc, "deploy", "--target", "freestyle", Repository.Path("samples", "sandbox", "proxy.yaml"), "-o", stub.Deployment, "--set", $"sdk={sdk}");
        Directory.CreateDirectory(Path.Combine(stub.Deployment, "node_modules"));
        Directory.CreateSymbolicLink(Path.Combine(stub.Deployment, "node_modules", "freestyle"), package);
        return stub;
    }

    /// <summary>Runs a generated script.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(string script, params string[] arguments) =>
        RunAsync(["FREESTYLE_API_KEY=the-key-of-the-account", $"OPENAI_API_KEY={OpenAiKey}", $"ANTHROPIC_API_KEY={AnthropicKey}"], script, arguments);

    /// <summary>Runs a generated script with other variables.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] variables, string script, params string[] arguments)
    {
        var run = await CommandLine.RunAsync(
            Patience.Build,
            "env",
            ["-u", "FREESTYLE_API_KEY", $"FREESTYLE_API_URL=http://127.0.0.1:{_port}", .. variables, "node", Path.Combine(Deployment, script), .. arguments]);
        foreach (var secret in new[] { OpenAiKey, AnthropicKey, "the-key-of-the-account" })
        {
            Assert.DoesNotContain(secret, run.Output + run.Error, StringComparison.Ordinal);
        }

        return run;
    }

    public async Task<string> SucceedAsync(string script, params string[] arguments)
    {
        var (exit, output, error) = await RunAsync(script, arguments);
        Assert.True(exit == 0, $"{script} {string.Join(' ', arguments)} ended with {exit}: {error}{output}");
        return output;
    }

    /// <summary>Requests that have a text in them, anywhere.</summary>
    public IEnumerable<JsonNode> With(string text) => Requests.Where(r => Texts(r).Any(t => t.Contains(text, StringComparison.Ordinal)));

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => Texts(p.Value).Prepend(p.Key)),
        JsonArray list => list.SelectMany(Texts),
        null => [],
        _ => [node.ToString()],
    };
}
