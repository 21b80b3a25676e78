using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.HostileFiles;

/// <summary>ironc as a whole process on files that are made to cost much: it answers, at no more than a few times the cost of a harmless file, and within its memory.</summary>
public sealed class HostileFileTests : IDisposable
{
    private const int MaxMegabytes = 512;
    private const int TicksASecond = 100;

    /// <summary>How often the processor's time of a harmless file of the same size a hostile one may take. Work that multiplies is far beyond.</summary>
    private const int Times = 10;

    /// <summary>Other programs make even the processor's time longer, so a costly run gets two more chances.</summary>
    private const int Tries = 3;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public static TheoryData<string> Files => [.. HostileFile.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task It_costs_no_more_than_ten_harmless_files_and_512_MB(string name)
    {
        var path = Path.Combine(_folder.FullPath, "proxy.yaml");
        var bytes = HostileFile.All[name]();
        await File.WriteAllBytesAsync(path, bytes);
        var harmless = Path.Combine(_folder.FullPath, "harmless.yaml");
        await File.WriteAllBytesAsync(harmless, HostileFile.Harmless(bytes.Length));

        var (usual, run) = (await ValidateAsync(harmless), await ValidateAsync(path));
        for (var again = 1; again < Tries && run.Time > usual.Time * Times; again++)
        {
            (usual, run) = (await ValidateAsync(harmless), await ValidateAsync(path));
        }

        Assert.True(run.ExitCode is 0 or 1, $"exit status {run.ExitCode}: {run.Error}");
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.True(run.ExitCode == 0 || run.Error.Contains("IRON", StringComparison.Ordinal) || run.Error.Contains("is not UTF-8", StringComparison.Ordinal), run.Error);
        Assert.True(run.Megabytes <= MaxMegabytes, $"{run.Megabytes} MB");
        Assert.True(run.Time <= usual.Time * Times, $"{run.Time.TotalSeconds:0.00} s instead of {usual.Time.TotalSeconds:0.00} s");
    }

    private static async Task<Run> ValidateAsync(string path)
    {
        using var process = Process.Start(new ProcessStartInfo(ProxyBinaries.Ironc, ["validate", path]) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new Win32Exception("ironc could not be started");
        using var limit = new CancellationTokenSource(Patience.Program);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var end = process.WaitForExitAsync(limit.Token);
        try
        {
            var (time, megabytes) = (TimeSpan.Zero, 0);
            while (!end.IsCompleted)
            {
                // Both only rise, so the last reading before the end is the one that counts.
                time = ProcessorTime(process.Id) ?? time;
                megabytes = MostMegabytes(process.Id) ?? megabytes;
                await Task.WhenAny(end, Task.Delay(10, limit.Token));
            }

            await end;
            await output;
            return new Run(process.ExitCode, await error, time, megabytes);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException("ironc validate did not end.");
        }
    }

    /// <summary>User and system time; null when the process has ended.</summary>
    private static TimeSpan? ProcessorTime(int id)
    {
        // The name in parentheses can hold blanks; the times are the twelfth and thirteenth word behind it.
        var fields = Read($"/proc/{id}/stat")?.Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is null ? null : TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / (double)TicksASecond);
    }

    /// <summary>The most memory so far; null when the process has ended, and its memory with it.</summary>
    private static int? MostMegabytes(int id)
    {
        var line = Read($"/proc/{id}/status")?.Split('\n').FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? null : Number(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal)) / 1024;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // It ended in this moment.
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Run(int ExitCode, string Error, TimeSpan Time, int Megabytes);
}
