using System.Runtime.InteropServices;

namespace IronProxy.Gateway;

/// <summary>
/// The heap of native code, which is OpenSSL's here. glibc gives threads heaps of their own, up to eight for each processor, and what is freed in one serves no other nor goes back to the system
/// (mallopt(3), M_ARENA_MAX; malloc_trim(3)): with certificates and handshakes on all threads, each grows as large as one would have to be. So there are few, and what is free in them is given back
/// now and then. A handshake computes far longer than it allocates. Other C libraries have one heap, and neither call.
/// </summary>
internal sealed class NativeMemory : IDisposable
{
    private const int ArenaMax = -8;
    private const int Arenas = 2;

    private static readonly TimeSpan TrimPeriod = TimeSpan.FromSeconds(30);

    private readonly Timer? _trim;

    private NativeMemory(bool isGlibc) => _trim = isGlibc ? new Timer(static _ => _ = Trim(0), null, TrimPeriod, TrimPeriod) : null;

    /// <summary>Begins, before there are many threads. How many heaps there are, <c>MALLOC_ARENA_MAX</c> can say.</summary>
    public static NativeMemory Bound()
    {
        try
        {
            if (Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null)
            {
                _ = SetOption(ArenaMax, Arenas);
            }

            _ = Trim(0);
            return new NativeMemory(isGlibc: true);
        }
        catch (EntryPointNotFoundException)
        {
            return new NativeMemory(isGlibc: false);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _trim?.Dispose();

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Trim(nuint pad);
}
