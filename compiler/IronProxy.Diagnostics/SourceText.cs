namespace IronProxy.Diagnostics;

/// <summary>A source file in memory, with the places of its lines.</summary>
public sealed class SourceText
{
    private readonly List<int> _lineStarts = [0];

    /// <summary>Takes a file's content.</summary>
    /// <param name="path">The path as the user gave it; <c>-</c> for standard input.</param>
    /// <param name="content">The content.</param>
    public SourceText(string path, string content)
    {
        // Some editors mark UTF-8 with U+FEFF; it is no part of the text.
        content = content.StartsWith('\uFEFF') ? content[1..] : content;
        Path = path;
        Content = content;
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] == '\n')
            {
                _lineStarts.Add(i + 1);
            }
        }
    }

    /// <summary>The path as the user gave it.</summary>
    public string Path { get; }

    /// <summary>The whole text.</summary>
    public string Content { get; }

    /// <summary>How many lines there are.</summary>
    public int LineCount => _lineStarts.Count;

    /// <summary>The text of a line, from 1, without its line break.</summary>
    public string Line(int line)
    {
        if (line < 1 || line > _lineStarts.Count)
        {
            return "";
        }

        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Count ? _lineStarts[line] - 1 : Content.Length;
        return Content[start..end].TrimEnd('\r');
    }

    /// <summary>The offset of a line's first character; lines count from 1.</summary>
    public int LineStart(int line) => _lineStarts[Math.Clamp(line, 1, _lineStarts.Count) - 1];

    /// <summary>A span from offsets into the text.</summary>
    public SourceSpan Span(int start, int length)
    {
        var line = 1;
        return Span(start, length, ref line);
    }

    /// <summary>A span from offsets into the text, for callers that go through it from start to end.</summary>
    /// <param name="start">Offset of the first character.</param>
    /// <param name="length">Number of characters.</param>
    /// <param name="lastLine">Line of the span that was asked for before, from 1; becomes that of this one.</param>
    public SourceSpan Span(int start, int length, ref int lastLine)
    {
        start = Math.Clamp(start, 0, Content.Length);
        var line = LineOf(start, lastLine - 1);
        lastLine = line + 1;
        return new SourceSpan(start, Math.Clamp(length, 0, Content.Length - start), line + 1, start - _lineStarts[line] + 1);
    }

    /// <summary>Index of an offset's line: most often the one that was found before, or the next.</summary>
    private int LineOf(int offset, int last)
    {
        for (var line = last; line <= last + 1 && line < _lineStarts.Count && _lineStarts[line] <= offset; line++)
        {
            if (line + 1 == _lineStarts.Count || offset < _lineStarts[line + 1])
            {
                return line;
            }
        }

        var found = _lineStarts.BinarySearch(offset);
        return found < 0 ? ~found - 1 : found;
    }
}

/// <summary>A stretch of a source file.</summary>
/// <param name="Start">Offset of its first character.</param>
/// <param name="Length">Number of characters.</param>
/// <param name="Line">Line of its first character, from 1.</param>
/// <param name="Column">Column of its first character, from 1.</param>
public readonly record struct SourceSpan(int Start, int Length, int Line, int Column)
{
    /// <summary>Part of this span: the same line when the span has one.</summary>
    /// <param name="offset">Characters behind the start.</param>
    /// <param name="length">Number of characters.</param>
    public SourceSpan Slice(int offset, int length) => new(Start + offset, length, Line, Column + offset);
}
