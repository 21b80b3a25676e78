using System.Text;

namespace IronProxy.Testing;

/// <summary>
/// A page of documentation that can be run. A block <c>console</c> has command lines, each behind <c>$ </c>, and below each what
/// it prints; an exit status other than 0 is a last line <c>[exit status N]</c>. A block <c>yaml</c> below a line that is a file
/// name in backquotes and a colon is that file.
/// </summary>
/// <param name="text">The page.</param>
public sealed class ConsolePage(string text)
{
    private const string Fence = "```";
    private const string Prompt = "$ ";

    private readonly string[] _lines = text.Split('\n');

    /// <summary>The content of a file that the page shows.</summary>
    public string File(string name)
    {
        string? found = null;
        _ = Replay((file, content) => found ??= file == name ? content : null, _ => "");
        return found ?? throw new ArgumentException($"The page shows no file {name}.", nameof(name));
    }

    /// <summary>Goes through the page from top to bottom.</summary>
    /// <param name="write">Called for each file, with its name and content.</param>
    /// <param name="run">Called for each command line; returns what it prints.</param>
    /// <returns>The page with what the commands printed.</returns>
    public string Replay(Action<string, string> write, Func<string, string> run)
    {
        var page = new StringBuilder();
        for (var i = 0; i < _lines.Length; i++)
        {
            page.Append(i == 0 ? "" : "\n").Append(_lines[i]);
            if (_lines[i] is Fence + "yaml" && Title(i) is { } name)
            {
                var end = EndOf(i);
                write(name, string.Concat(_lines[(i + 1)..end].Select(l => $"{l}\n")));
            }
            else if (_lines[i] is Fence + "console")
            {
                var end = EndOf(i);
                foreach (var command in _lines[(i + 1)..end].Where(l => l.StartsWith(Prompt, StringComparison.Ordinal)))
                {
                    page.Append('\n').Append(command);
                    var output = run(command[Prompt.Length..]).TrimEnd('\n');
                    page.Append(output.Length == 0 ? "" : "\n").Append(output);
                }

                i = end - 1;
            }
        }

        return page.ToString();
    }

    private int EndOf(int start)
    {
        var end = Array.IndexOf(_lines, Fence, start + 1);
        return end > 0 ? end : throw new FormatException($"The block in line {start + 1} has no end.");
    }

    private string? Title(int fence)
    {
        var above = fence - 1;
        while (above > 0 && _lines[above].Length == 0)
        {
            above--;
        }

        return above >= 0 && _lines[above] is ['`', .. var name, '`', ':'] && !name.Contains('`', StringComparison.Ordinal) ? name : null;
    }
}
