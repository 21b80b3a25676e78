using System.Diagnostics;

namespace IronProxy.Fuzzing;

/// <summary>Runs each campaign in a process of its own, so that an input which ends the process is a finding like any other.</summary>
/// <param name="copy">The program that is run.</param>
/// <param name="findings">Where inputs that show faults are written.</param>
internal sealed class Supervisor(InstrumentedCopy copy, string findings)
{
    /// <summary>Runs a campaign.</summary>
    /// <param name="target">The target's name.</param>
    /// <param name="arguments">Further arguments of the program.</param>
    public SupervisedResult Run(string target, params string[] arguments)
    {
        Directory.CreateDirectory(findings);
        var current = Path.Combine(findings, $"{target}.current");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[copy.Program, "campaign", target, "--current", current, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        // A crash is looked for in what was parsed, not in a dump.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var process = Process.Start(start)!; // Never null: a new process is started.
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var said = (output + error.Result).Trim();
        if (process.ExitCode == 0)
        {
            File.Delete(current);
            return new SupervisedResult(target, said, null);
        }

        if (!File.Exists(current))
        {
            throw new InvalidOperationException($"The campaign {target} did not begin (status {process.ExitCode}): {said}");
        }

        var file = new CorpusFolder(Path.Combine(findings, target)).Add(CurrentInput.Read(current));
        File.Delete(current);
        var why = process.ExitCode switch
        {
            Program.Found => said,
            CurrentInput.TimedOut => "it took too long",
            var status => $"the process ended with status {status}: {string.Join('\n', said.Split('\n').Take(20))}",
        };
        return new SupervisedResult(target, why, file);
    }
}

/// <summary>How a campaign ended.</summary>
/// <param name="Target">Its target.</param>
/// <param name="Said">Its line of figures, or what was found.</param>
/// <param name="Finding">The file with the input that shows a fault; null when none was found.</param>
internal sealed record SupervisedResult(string Target, string Said, string? Finding);
