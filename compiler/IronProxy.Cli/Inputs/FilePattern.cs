using System.IO.Enumeration;

namespace IronProxy.Cli.Inputs;

/// <summary>
/// Expands patterns such as <c>policies/**/*.yaml</c> that a shell left alone: <c>*</c> and <c>?</c> stay within a name,
/// <c>**</c> stands for any number of folders. As in shells, a leading dot is matched only where it is written.
/// </summary>
internal static class FilePattern
{
    private const int MaxDepth = 64;

    /// <summary>The files that an argument names, sorted. What is no pattern, or exists as it is written, names itself.</summary>
    public static IReadOnlyList<string> Expand(string argument)
    {
        if (!IsPattern(argument) || Path.Exists(argument))
        {
            return [argument];
        }

        // Repeated ** mean the same as one, and would multiply the walks.
        var segments = argument.Split('/');
        segments = [.. segments.Where((s, i) => s != "**" || i == 0 || segments[i - 1] != "**")];
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk(argument.StartsWith('/') ? "/" : "", segments.AsSpan(argument.StartsWith('/') ? 1 : 0), MaxDepth, found);
        return [.. found];
    }

    private static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <param name="folder">Where to look, with the slash behind it; empty for the current folder.</param>
    /// <param name="segments">What is left of the pattern.</param>
    /// <param name="depth">How many levels may follow.</param>
    /// <param name="found">Where matches go.</param>
    private static void Walk(string folder, ReadOnlySpan<string> segments, int depth, SortedSet<string> found)
    {
        var segment = segments[0];
        var rest = segments[1..];
        if (depth == 0)
        {
            return;
        }

        if (segment == "**")
        {
            if (!rest.IsEmpty)
            {
                Walk(folder, rest, depth - 1, found);
            }

            foreach (var name in Names(folder, "*", folders: true))
            {
                Walk($"{folder}{name}/", segments, depth - 1, found);
            }

            segment = "*";
        }

        if (rest.IsEmpty)
        {
            found.UnionWith(Names(folder, segment, folders: false).Select(name => folder + name));
        }
        else if (segments[0] != "**")
        {
            foreach (var name in IsPattern(segment) ? Names(folder, segment, folders: true) : [segment])
            {
                Walk($"{folder}{name}/", rest, depth - 1, found);
            }
        }
    }

    private static IEnumerable<string> Names(string folder, string pattern, bool folders)
    {
        var path = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(path))
        {
            return [];
        }

        // Folders behind links are left out: a link may lead back up.
        var options = new EnumerationOptions { AttributesToSkip = folders ? FileAttributes.ReparsePoint : 0, IgnoreInaccessible = true };
        var entries = folders ? Directory.EnumerateDirectories(path, "*", options) : Directory.EnumerateFiles(path, "*", options);
        return entries
            .Select(entry => Path.GetFileName(entry))
            .Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false) && (name[0] != '.' || pattern[0] == '.'));
    }
}
