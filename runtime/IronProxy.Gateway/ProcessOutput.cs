using System.Text;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Gateway;

/// <summary>
/// Standard output and standard error. Either can be closed, full, or read by nobody, and none of that may bring the process
/// down or hold it up: what cannot be said is left unsaid, and the exit status tells the rest.
/// </summary>
internal static class ProcessOutput
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Standard error as it is.</summary>
    public static DescriptorStream StandardError { get; } = new(2);

    private static DescriptorStream StandardOutput { get; } = new(1);

    /// <summary>Says one sentence on standard error, or on standard output where that is all that is left.</summary>
    public static void Say(string sentence)
    {
        var line = $"iron-proxy: {sentence}\n";
        if (!TryWrite(StandardError, line))
        {
            TryWrite(StandardOutput, line);
        }
    }

    /// <summary>Writes what was asked for to standard output.</summary>
    /// <returns>False when it could not be written.</returns>
    public static bool TryAnswer(string text)
    {
        if (TryWrite(StandardOutput, text + "\n"))
        {
            return true;
        }

        Say("Standard output cannot be written.");
        return false;
    }

    private static bool TryWrite(DescriptorStream output, string text)
    {
        if (!output.WasInherited || !output.WaitForRoom(Patience))
        {
            return false;
        }

        try
        {
            output.Write(Encoding.UTF8.GetBytes(text));
            return true;
        }
        catch (IOException)
        {
            return false; // The caller knows what else to do.
        }
    }
}
