using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>The file systems that deployments are tested on. eng/base-systems.sh makes them, once for all runs; eng/test.sh has done so before.</summary>
internal static class BaseSystems
{
    private static readonly Lazy<Task<string>> Folder = new(MakeAsync);

    /// <summary>An archive of a small Debian.</summary>
    public static async Task<string> BaseAsync() => Path.Combine(await Folder.Value, "base.tar");

    /// <summary>An archive of a Debian that boots systemd.</summary>
    public static async Task<string> MachineAsync() => Path.Combine(await Folder.Value, "machine.tar");

    private static async Task<string> MakeAsync()
    {
        var (exit, output, error) = await CommandLine.RunAsync(Patience.Build, Repository.Path("eng", "base-systems.sh"));
        return exit == 0 ? output.Trim() : throw new InvalidOperationException($"The file systems could not be made: {error}");
    }
}
