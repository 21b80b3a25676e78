using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>
/// Compiles a proxy.yaml with the ironc that ships beside this program. The proxy itself has no YAML reader, and the compiler
/// gets an environment without the secrets.
/// </summary>
/// <param name="isReload">
/// Whether a policy runs already. Standard error is its audit log then, so that what the compiler finds is taken from it instead of passed through.
/// </param>
internal sealed class ConfigCompiler(bool isReload)
{
    private const int MaxFindingsBytes = 1024 * 1024;
    private const int MaxSentence = 1000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What a .NET program needs to start, and nothing that could hold a credential.</summary>
    private static readonly string[] PassedVariables =
        ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "DOTNET_ROOT", "DOTNET_ROOT_X64", "NO_COLOR", "TERM"];

    /// <summary>The plan of a file.</summary>
    /// <exception cref="StartupException">There is none.</exception>
    public Task<PolicyBytes> CompileFileAsync(string config, CancellationToken cancellation) => CompileAsync(config, config, ReadOnlyMemory<byte>.Empty, cancellation);

    /// <summary>The plan of a text that was read elsewhere.</summary>
    /// <exception cref="StartupException">There is none.</exception>
    public Task<PolicyBytes> CompileTextAsync(string name, ReadOnlyMemory<byte> text, CancellationToken cancellation) => CompileAsync(name, "-", text, cancellation);

    private async Task<PolicyBytes> CompileAsync(string title, string argument, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        var ironc = Path.Combine(AppContext.BaseDirectory, "ironc");
        string[] arguments = isReload ? ["compile", "--json", argument] : ["compile", argument];
        var start = new ProcessStartInfo(ironc, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = isReload };
        var passed = PassedVariables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        start.Environment.Clear();
        foreach (var (name, value) in passed.Where(v => v.Value is not null))
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Limit);
        using var plan = new MemoryStream();
        var findings = "";
        try
        {
            var reading = isReload ? ReadFindingsAsync(process.StandardError.BaseStream, deadline.Token) : Task.FromResult("");
            await FeedAsync(process.StandardInput, input, deadline.Token).ConfigureAwait(false);
            await process.StandardOutput.BaseStream.CopyToAsync(plan, deadline.Token).ConfigureAwait(false);
            findings = await reading.ConfigureAwait(false);
            await process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new StartupException($"Compiling {title} took longer than {Limit.TotalSeconds:0} seconds.", e);
        }

        return process.ExitCode == 0 ? new PolicyBytes(plan.ToArray(), WarningsIn(findings))
            : isReload ? throw Describe(title, findings)
            : throw new StartupException($"{title} {(argument == "-" || File.Exists(argument) ? "was not compiled" : "could not be read")}, so nothing was started.");
    }

    private static StartupException Describe(string title, string findings)
    {
        try
        {
            using var json = JsonDocument.Parse(findings);
            return new UncompiledPolicyException($"{title} was not compiled, so nothing was changed.", json.RootElement.Clone());
        }
        catch (JsonException)
        {
            // What is wrong with files and the machine is a sentence, and no finding.
            var sentence = findings.Length > MaxSentence ? findings[..MaxSentence] + "..." : findings;
            return new StartupException($"{title} could not be compiled, so nothing was changed: {sentence.ReplaceLineEndings(" ").Trim()}");
        }
    }

    /// <summary>What was found and let pass. More of it than is kept, which is no JSON any more, is for <c>ironc validate</c> to show.</summary>
    private static JsonElement? WarningsIn(string findings)
    {
        try
        {
            using var json = JsonDocument.Parse(findings.Length > 0 ? findings : "[]");
            return json.RootElement.GetArrayLength() > 0 ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads to the end, so that the compiler is not held up, and keeps what has a place.</summary>
    private static async Task<string> ReadFindingsAsync(Stream output, CancellationToken cancellation)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = await output.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            kept.Write(buffer, 0, (int)Math.Min(read, MaxFindingsBytes - kept.Length));
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    private static async Task FeedAsync(StreamWriter standardInput, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        try
        {
            await standardInput.BaseStream.WriteAsync(input, stop).ConfigureAwait(false);
            standardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything. Its exit status and what it printed say why.
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new StartupException($"{start.FileName} could not be started.");
        }
        catch (Win32Exception e)
        {
            throw new StartupException($"-config needs the compiler beside this program, and {start.FileName} cannot be started: {e.Message}", e);
        }
    }
}
