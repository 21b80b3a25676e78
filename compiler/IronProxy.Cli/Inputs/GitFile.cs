using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace IronProxy.Cli.Inputs;

/// <summary>A file of a revision in the git repository of the working directory.</summary>
/// <param name="Revision">The revision, as git understands it.</param>
/// <param name="Path">The path, from the working directory.</param>
internal sealed record GitFile(string Revision, string Path)
{
    private const string Prefix = "git:";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>With <c>./</c> git reads the path from the working directory, as all other paths of a command line are.</summary>
    public string PathForGit =>
        Path.StartsWith("./", StringComparison.Ordinal) || Path.StartsWith("../", StringComparison.Ordinal) ? Path : $"./{Path}";

    /// <summary>Whether a name is meant as one.</summary>
    public static bool IsOne(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    public static bool TryParse(string name, [NotNullWhen(true)] out GitFile? file)
    {
        file = null;
        var parts = name.Split(':', 3);

        // A revision that begins with a hyphen would be an option of git.
        if (IsOne(name) && parts is [_, { Length: > 0 } revision, { Length: > 0 } path] && revision[0] != '-')
        {
            file = new GitFile(revision, path);
        }

        return file is not null;
    }

    /// <summary>The file's text.</summary>
    /// <exception cref="CliException">Git cannot be run, or does not have it; the message says why.</exception>
    public string Read()
    {
        var start = new ProcessStartInfo("git")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            ArgumentList = { "--no-pager", "show", "--no-textconv", $"{Revision}:{PathForGit}" },
        };
        try
        {
            using var git = Process.Start(start) ?? throw new CliException("git could not be started");
            var error = git.StandardError.ReadToEndAsync();
            var output = git.StandardOutput.ReadToEndAsync();
            if (!Task.WaitAll([error, output], Patience))
            {
                git.Kill(entireProcessTree: true);
                throw new CliException($"git took longer than {Patience.TotalSeconds:0} s to show {this}");
            }

            git.WaitForExit();
            return git.ExitCode == 0 ? WithoutMark(output.Result) : throw new CliException($"cannot read {this}: {Complaint(error.Result)}");
        }
        catch (Win32Exception e)
        {
            throw new CliException($"cannot read {this}: the program git cannot be run ({e.Message})", e);
        }
    }

    /// <inheritdoc />
    public override string ToString() => $"{Prefix}{Revision}:{Path}";

    private static string WithoutMark(string text) => text.StartsWith('\uFEFF') ? text[1..] : text;

    private static string Complaint(string error)
    {
        var line = error.Split('\n', 2)[0].Trim();
        return line.StartsWith("fatal: ", StringComparison.Ordinal) ? line["fatal: ".Length..] : line;
    }
}
