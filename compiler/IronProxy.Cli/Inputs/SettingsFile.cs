using System.CommandLine;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Inputs;

/// <summary>
/// Finds the ironc.yaml of a policy: beside it, or in the folders above as far as the one with <c>.git</c>. Outside of a
/// repository only beside it: what lies in a shared folder such as /tmp must not change an answer.
/// </summary>
/// <param name="console">The console.</param>
/// <param name="named">The file that the user names instead. Null looks for one.</param>
internal sealed class SettingsFile(CliConsole console, string? named)
{
    private readonly Dictionary<string, SettingsResult> _read = new(StringComparer.Ordinal);

    /// <summary><c>--settings</c>, alike in every command that has it.</summary>
    public static Option<string> Option() => new("--settings")
    {
        Description = $"The settings, instead of the {SettingsReader.FileName} beside the policy or above it in the repository",
        HelpName = "FILE",
    };

    /// <summary>The settings of a policy, with the findings in them when this is the first policy that they are for.</summary>
    /// <param name="policy">The policy; <c>-</c> is one in the working directory.</param>
    /// <exception cref="CliException">The file cannot be read.</exception>
    public SettingsResult For(string policy)
    {
        if ((named ?? Find(policy)) is not { } path)
        {
            return new SettingsResult(AnalysisSettings.Default, []);
        }

        if (_read.TryGetValue(path, out var known))
        {
            return known with { Diagnostics = [] };
        }

        return _read[path] = SettingsReader.Read(new SourceText(path, InputFile.Read(path, console)));
    }

    private static string? Find(string policy)
    {
        var folder = policy == "-" ? "" : Path.GetDirectoryName(policy) ?? "";
        var beside = Path.Combine(folder, SettingsReader.FileName);
        if (File.Exists(beside))
        {
            return beside;
        }

        string? found = null;
        for (var at = new DirectoryInfo(Path.GetFullPath(Path.Combine(".", folder))); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, SettingsReader.FileName);
            found ??= File.Exists(candidate) ? Path.GetRelativePath(".", candidate) : null;

            // In a worktree .git is a file.
            if (Path.Exists(Path.Combine(at.FullName, ".git")))
            {
                return found;
            }
        }

        return null;
    }
}
