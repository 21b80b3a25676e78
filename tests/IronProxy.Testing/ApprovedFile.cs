using System.Text;
using Xunit.Sdk;

namespace IronProxy.Testing;

/// <summary>
/// Compares a result with a checked-in file. With <c>UPDATE_SNAPSHOTS=1</c> the file is written instead; what changed is
/// reviewed like code.
/// </summary>
public static class ApprovedFile
{
    private const int ContextLines = 3;

    private static readonly bool Update = Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";

    /// <summary>Fails unless the file holds the text; null expects that there is no file.</summary>
    public static void Verify(string path, string? actual)
    {
        if (Update)
        {
            Write(path, actual);
            return;
        }

        var approved = File.Exists(path) ? File.ReadAllText(path) : null;
        if (!string.Equals(approved, actual, StringComparison.Ordinal))
        {
            throw new XunitException(Describe(System.IO.Path.GetRelativePath(RepositoryRoot.Path, path), approved, actual));
        }
    }

    private static void Write(string path, string? actual)
    {
        if (actual is null)
        {
            File.Delete(path);
            return;
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path) ?? ".");
        File.WriteAllText(path, actual);
    }

    private static string Describe(string path, string? approved, string? actual)
    {
        var message = new StringBuilder();
        message.Append(path).AppendLine((approved, actual) switch
        {
            (null, _) => " does not exist, and this would be in it:",
            (_, null) => " exists, and there should be none:",
            _ => " holds something else (- approved, + actual):",
        });
        var before = Lines(approved);
        var after = Lines(actual);
        var same = 0;
        while (same < before.Length && same < after.Length && before[same] == after[same])
        {
            same++;
        }

        var sameEnd = 0;
        while (sameEnd < before.Length - same && sameEnd < after.Length - same && before[^(sameEnd + 1)] == after[^(sameEnd + 1)])
        {
            sameEnd++;
        }

        Append(message, "  ", before, Math.Max(0, same - ContextLines), same);
        Append(message, "- ", before, same, before.Length - sameEnd);
        Append(message, "+ ", after, same, after.Length - sameEnd);
        Append(message, "  ", after, after.Length - sameEnd, Math.Min(after.Length, after.Length - sameEnd + ContextLines));
        return message.Append("Run the test with UPDATE_SNAPSHOTS=1 to accept it.").ToString();
    }

    private static string[] Lines(string? text) => text is null ? [] : text.Split('\n');

    private static void Append(StringBuilder message, string mark, string[] lines, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            message.Append(mark).Append(i + 1).Append(": ").AppendLine(lines[i]);
        }
    }
}
