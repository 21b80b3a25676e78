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
            var text = Utf8.GetString(ReadBytes(path, console));

            // A byte order mark is no part of the text and would shift the first line's columns.
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new CliException($"{path} is not UTF-8 text", e);
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="CliException">It cannot be read; the message says why.</exception>
    public static byte[] ReadBytes(string path, CliConsole console)
    {
        try
        {
            using var stream = path == "-" ? console.OpenInput() : File.OpenRead(path);
            return ReadBounded(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException($"cannot read {path}: {Why(path, e)}", e);
        }
    }

    private static byte[] ReadBounded(Stream stream, string path)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            memory.Write(buffer, 0, read);
            if (memory.Length > MaxBytes)
            {
                throw new CliException($"{path} is larger than {MaxBytes / (1024 * 1024)} MiB");
            }
        }

        return memory.ToArray();
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
