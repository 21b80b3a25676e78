namespace IronProxy.Cli.Inputs;

/// <summary>Writes result files so that a reader sees the old content or the new, never a part.</summary>
internal static class OutputFile
{
    /// <summary>Writes to a temporary file in the same folder, and renames it. What a link leads to is replaced, and keeps its mode.</summary>
    /// <exception cref="CliException">It cannot be written; the message says why.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            var linked = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true) : null;
            var target = linked?.FullName ?? Path.GetFullPath(path);
            if (Directory.Exists(target))
            {
                throw new CliException($"cannot write {path}: it is a folder");
            }

            var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
            try
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
                if (!OperatingSystem.IsWindows() && File.Exists(target))
                {
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
                }

                File.Move(temporary, target, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException($"cannot write {path}: {Why(e)}", e);
        }
    }

    /// <summary>Creates a file that did not exist, with its mode from the start: no moment leaves a key readable to others.</summary>
    /// <exception cref="CliException">It exists, or cannot be written; the message says why.</exception>
    public static void CreateNew(string path, string content, UnixFileMode mode)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            using var writer = new StreamWriter(path, options);
            writer.Write(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException($"cannot write {path}: {(File.Exists(path) ? "it exists" : Why(e))}", e);
        }
    }

    private static string Why(Exception e) => e switch
    {
        DirectoryNotFoundException => "there is no such folder",
        UnauthorizedAccessException => "permission denied",
        _ => e.Message,
    };
}
