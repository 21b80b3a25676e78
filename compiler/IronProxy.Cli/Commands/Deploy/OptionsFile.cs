using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary>Options of a target in a file: a line <c>NAME=VALUE</c> each; empty lines and those with <c>#</c> in front are skipped.</summary>
internal static class OptionsFile
{
    /// <summary>The options, in the order of the file; none without a file.</summary>
    /// <exception cref="CliException">It cannot be read, or a line is no option.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Read(string? path, CliConsole console)
    {
        if (path is null)
        {
            yield break;
        }

        var number = 0;
        foreach (var line in InputFile.Read(path, console).ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new CliException($"{path}:{number}: '{text}' should be NAME=VALUE");
            }

            yield return KeyValuePair.Create(text[..equals].TrimEnd(), text[(equals + 1)..].TrimStart());
        }
    }
}
