using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.AuditLogs;

/// <summary>Reads audit logs into one tally. Lines and files that cannot be read are reported, and the others are still read.</summary>
internal sealed class AuditLogReader(CliConsole console)
{
    /// <summary>More are counted and not listed: a file of another kind has nothing but broken lines.</summary>
    private const int MaxReported = 20;

    private const int ProgressLines = 50_000;

    private long _lines;

    /// <summary>Reads the files.</summary>
    /// <param name="paths">Their names; <c>-</c> is standard input.</param>
    /// <param name="allRead">Whether every line of every file could be read.</param>
    public RequestTally Read(IReadOnlyList<string> paths, out bool allRead)
    {
        var tally = new RequestTally();
        allRead = true;
        foreach (var path in paths)
        {
            try
            {
                Read(path, tally);
            }
            catch (CliException e)
            {
                // The other files are still worth reading.
                ClearProgress();
                console.Error.WriteLine($"ironc: {e.Message}");
                allRead = false;
            }
        }

        ClearProgress();
        allRead &= tally.BrokenLines == 0;
        return tally;
    }

    private void Read(string path, RequestTally tally)
    {
        using var stream = InputFile.Open(path, console);
        var lines = new LogLines(stream);
        var broken = 0L;
        var isText = false;
        try
        {
            while (lines.TryRead(out var line, out var tooLong))
            {
                ShowProgress();
                string? problem = null;
                RecordedRequest? record = null;
                var kind = tooLong ? AuditLineKind.Broken : AuditLine.Read(line, out record, out problem);
                if (record is not null)
                {
                    tally.Add(record);
                }
                else if (kind == AuditLineKind.Other)
                {
                    tally.AddOther();
                }
                else
                {
                    tally.AddBroken();
                    if (!tooLong && LogText.IsText(line))
                    {
                        if (!isText)
                        {
                            ClearProgress();
                            console.Error.WriteLine($"{path}:{lines.Number}: this line was written with log.format: text, which is for people: leave log.format out to have a log that can be read here");
                        }

                        isText = true;
                        continue;
                    }

                    Report(path, lines.Number, problem ?? $"it is longer than {LogLines.MaxBytes / (1024 * 1024)} MiB", ++broken);
                }
            }
        }
        catch (IOException e)
        {
            throw InputFile.Unreadable(path, e);
        }

        if (broken > MaxReported)
        {
            ClearProgress();
            console.Error.WriteLine($"{path}: {broken - MaxReported} more lines cannot be read");
        }
    }

    private void Report(string path, long line, string problem, long number)
    {
        if (number <= MaxReported)
        {
            ClearProgress();
            console.Error.WriteLine($"{path}:{line}: this line cannot be read: {problem}");
        }
    }

    private void ShowProgress()
    {
        if (++_lines % ProgressLines == 0 && console.ErrorWidth is not null)
        {
            console.Error.Write($"\r{_lines} lines");
        }
    }

    private void ClearProgress()
    {
        if (_lines >= ProgressLines && console.ErrorWidth is not null)
        {
            console.Error.Write("\r\e[K");
        }
    }
}
