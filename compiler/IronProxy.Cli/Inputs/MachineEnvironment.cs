using IronProxy.Cli.Terminal;
using IronProxy.Compiler;

namespace IronProxy.Cli.Inputs;

/// <summary>This machine, for checks that look beyond the file.</summary>
internal static class MachineEnvironment
{
    /// <summary>Certificates and keys are far smaller; whatever is larger was named by mistake.</summary>
    private const int MaxBytes = 1024 * 1024;

    public static CompilerEnvironment Create(CliConsole console) => new(ReadFile, console.Environment, TimeProvider.System);

    private static string? ReadFile(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var buffer = new char[MaxBytes];
            var length = reader.ReadBlock(buffer);
            return length < MaxBytes ? new string(buffer, 0, length) : throw new IOException("The file is too large.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new IOException("The path cannot be opened.", e);
        }
    }
}
