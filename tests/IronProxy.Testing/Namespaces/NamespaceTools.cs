using System.Diagnostics;

namespace IronProxy.Testing.Namespaces;

/// <summary>What network namespaces need, and the one way to call it.</summary>
public static class NamespaceTools
{
    private static readonly (string Tool, string Package)[] Tools =
        [("ip", "iproute2"), ("nft", "nftables"), ("nsenter", "util-linux"), ("setpriv", "util-linux")];

    private static readonly Lazy<string?> Found = new(Look);

    /// <summary>Why there can be no namespaces here, for <c>Skip.If(reason is not null, reason)</c>. Null when there can.</summary>
    public static string? WhyNot => Found.Value;

    /// <summary>Runs a tool to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> RunAsync(string tool, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(Path(tool) ?? tool, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{tool} could not be started.");
        using var limit = new CancellationTokenSource(Patience.Program);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{tool} {string.Join(' ', start.ArgumentList)} did not end.");
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{tool} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}: {await error}");
    }

    /// <summary>Full path of a tool. Those for administrators are not in every user's path.</summary>
    internal static string? Path(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin:/usr/bin:/bin").Split(':').Select(f => System.IO.Path.Combine(f, tool)).FirstOrDefault(File.Exists);

    private static string? Look()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "network namespaces need root";
        }

        if (Tools.FirstOrDefault(t => Path(t.Tool) is null) is { Tool: { } tool, Package: var package })
        {
            return $"{tool} is not installed (Debian: {package})";
        }

        // Root of a container may lack the right.
        var name = $"iron-try-{Guid.NewGuid():N}"[..15];
        try
        {
            RunAsync("ip", ["netns", "add", name]).GetAwaiter().GetResult();
            RunAsync("nsenter", [$"--net=/run/netns/{name}", Path("nft")!, "add", "table", "inet", "probe"]).GetAwaiter().GetResult();
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"this machine does not allow network namespaces with nftables: {e.Message.ReplaceLineEndings(" ")}";
        }
        finally
        {
            try
            {
                RunAsync("ip", ["netns", "del", name]).GetAwaiter().GetResult();
            }
            catch (InvalidOperationException)
            {
                // It was not made.
            }
        }
    }
}
