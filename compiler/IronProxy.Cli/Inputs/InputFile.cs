using System.Text;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Inputs;

/// <summary>Reads the files that the user names. <c>-</c> is standard input.</summary>
internal static class InputFile
{
    /// <summary>Larger files are refused: a policy of a million hosts has about 40 MB.</summary>
    public const int MaxBytes = 256 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file.</summary>
    /// <exception cref="CliException">It cannot be read; the message says why.</exception>
    public static string Read(string path, CliConsole console)
    {
        try
        {
            var text = Utf8.GetString(ReadAll(path, console).Span);

            // A byte order mark is no part of the text and would shift the first line's columns.
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new CliException($"{path} is not UTF-8 text", e);
        }
    }

    /// <summary>The text of a proxy.yaml, where a compiled plan does not do.</summary>
    /// <exception cref="CliException">It cannot be read, or is a plan.</exception>
    public static string ReadPolicy(string path, CliConsole console)
    {
        var text = Read(path, console);
        return PlanSource.IsPlan(text)
            ? throw new CliException($"{path} is a compiled plan, which 'iron-proxy -plan' runs: name the proxy.yaml that it was made of")
            : text;
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="CliException">It cannot be read; the message says why.</exception>
    public static byte[] ReadBytes(string path, CliConsole console) => ReadAll(path, console).ToArray();

    private static ReadOnlyMemory<byte> ReadAll(string path, CliConsole console)
    {
        using var stream = Open(path, console);
        try
        {
            return ReadBounded(stream, path);
        }
        catch (IOException e)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Opens a file that is read piece by piece.</summary>
    /// <exception cref="CliException">It cannot be opened; the message says why.</exception>
    public static Stream Open(string path, CliConsole console)
    {
        console.LastInput = path == "-" ? "standard input" : path;
        try
        {
            return path == "-" ? console.OpenInput() : File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>What to say when reading fails.</summary>
    public static CliException Unreadable(string path, Exception e) => new($"cannot read {path}: {Why(path, e)}", e);

    private static ReadOnlyMemory<byte> ReadBounded(Stream stream, string path)
    {
        using var memory = new MemoryStream(stream.CanSeek ? (int)Math.Min(stream.Length + 1, MaxBytes) : 0);
        var buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            memory.Write(buffer, 0, read);
            if (memory.Length > MaxBytes)
            {
                throw new CliException($"{path} is larger than {MaxBytes / (1024 * 1024)} MiB");
            }
        }

        return memory.GetBuffer().AsMemory(0, (int)memory.Length);
    }

    private static string Why(string path, Exception e) => e switch
    {
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => "there is no such folder",
        _ when Directory.Exists(path) => "it is a folder",
        UnauthorizedAccessException => "permission denied",
        _ => e.Message,
    };
}
