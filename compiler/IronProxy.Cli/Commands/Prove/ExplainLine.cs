using IronProxy.Cli.Inputs;
using IronProxy.Compiler.Analysis.Spaces;

namespace IronProxy.Cli.Commands.Prove;

/// <summary>The command line that explains a request, for a POSIX shell.</summary>
internal static class ExplainLine
{
    public static string For(string file, RequestWitness request, string? header)
    {
        var asked = $"--request {Quote(request.ToString())}{(header is null ? "" : $" -H {Quote(header)}")}{(request.Client is { } client ? $" --client {Quote(client)}" : "")}";
        return GitFile.TryParse(file, out var git)
            ? $"git show {Quote($"{git.Revision}:{git.PathForGit}")} | ironc explain - {asked}"
            : $"ironc explain {Quote(file)} {asked}";
    }

    private static string Quote(string text)
    {
        if (text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:@%+=,".Contains(c, StringComparison.Ordinal)))
        {
            return text;
        }

        // Within double quotes a shell still expands these.
        return text.AsSpan().ContainsAny("\"$`\\!")
            ? $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'"
            : $"\"{text}\"";
    }
}
