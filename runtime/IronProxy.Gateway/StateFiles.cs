using System.Runtime.InteropServices;
using IronProxy.Runtime;
using Microsoft.Win32.SafeHandles;

namespace IronProxy.Gateway;

/// <summary>
/// Files with tokens, which nobody else may read. They are replaced as a whole, and locked by a file beside them: the one with the content is another one behind each writing,
/// so that a lock on it would be on what is gone.
/// </summary>
internal sealed class StateFiles : IStateFiles
{
    /// <summary>SIGXFSZ: a file would outgrow the limit of the process (RLIMIT_FSIZE). It ends the process unless somebody asks for it; writing fails in any case.</summary>
    public const PosixSignal FileTooLarge = (PosixSignal)25;

    private const string LockSuffix = ".lock";
    private const string NewSuffix = ".new";
    private const int MaxLength = 8 * 1024 * 1024;
    private const uint OwnerAlone = 0x180; // 0600

    /// <summary>How long it takes until it is tried again to lock what others have.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <inheritdoc />
    public void Check(string path)
    {
        using (Open(path, OpenFlags.ReadOnly))
        {
            // Who may read it is checked as it is opened.
        }

        var folder = FolderOf(path);
        if (!Directory.Exists(folder))
        {
            throw new StateFileException($"cannot be written, because the folder {folder} is not there: make it, and give it to the user that iron-proxy runs as");
        }

        var trial = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (Create(trial))
            {
                File.Delete(trial);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StateFileException)
        {
            Discard(trial);
            throw new StateFileException($"cannot be written, because a new file in {folder} {e.Message}: let the user that iron-proxy runs as write there", e);
        }

        using (OpenLock(path))
        {
            // It is made with the first start.
        }
    }

    /// <inheritdoc />
    public async Task<IDisposable> LockAsync(string path, CancellationToken cancellation)
    {
        var handle = OpenLock(path);
        try
        {
            while (Lock(handle, LockFlags.Exclusive | LockFlags.NonBlocking) != 0)
            {
                if (Marshal.GetLastPInvokeError() is not (ErrorCode.WouldBlock or ErrorCode.Interrupted) and var error)
                {
                    throw new StateFileException($"cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}");
                }

                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            }

            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public byte[]? Read(string path)
    {
        using var handle = Open(path, OpenFlags.ReadOnly);
        if (handle is null)
        {
            return null;
        }

        try
        {
            var length = RandomAccess.GetLength(handle);
            if (length > MaxLength)
            {
                throw new StateFileException("is too long to be what iron-proxy writes there: name another file");
            }

            var content = new byte[length];
            var read = 0;
            for (int part; read < content.Length && (part = RandomAccess.Read(handle, content.AsSpan(read), read)) > 0;)
            {
                read += part;
            }

            return content[..read];
        }
        catch (IOException e)
        {
            throw new StateFileException($"cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc />
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxLength)
        {
            throw new StateFileException("cannot be written, because its tokens are too long"); // It could not be read again.
        }

        var next = path + NewSuffix;
        try
        {
            File.Delete(next); // A process that was killed as it wrote has left it.
            using (var handle = Create(next))
            {
                Write(handle, content);
                RandomAccess.FlushToDisk(handle);
            }

            File.Move(next, path, overwrite: true);
            FlushFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StateFileException)
        {
            Discard(next);
            throw new StateFileException(e is StateFileException ? $"cannot be written, because a new file beside it {e.Message}" : $"cannot be written ({e.Message})", e);
        }
    }

    private static void Write(SafeFileHandle handle, ReadOnlySpan<byte> content)
    {
        try
        {
            RandomAccess.Write(handle, content, 0);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException("it would outgrow the limit of the process", e); // What .NET makes of EFBIG.
        }
    }

    /// <summary>What was begun takes room, and holds tokens.</summary>
    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next writing begins with the same, and says why it cannot.
        }
    }

    /// <summary>The name of the file is in the folder, which is on the disk no sooner than it is flushed as well.</summary>
    private static void FlushFolder(string path)
    {
        using var folder = TryOpen(FolderOf(path), OpenFlags.ReadOnly) ?? throw ErrorOf(ErrorCode.NotThere);
        if (Flush(folder) != 0 && Marshal.GetLastPInvokeError() is not ErrorCode.Invalid and var error) // Some file systems flush files alone.
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    private static SafeFileHandle OpenLock(string path)
    {
        try
        {
            return Open(path + LockSuffix, OpenFlags.ReadOnly | OpenFlags.Create) ?? throw ErrorOf(ErrorCode.NotThere);
        }
        catch (StateFileException e)
        {
            throw new StateFileException($"is locked by {path}{LockSuffix}, which {e.Message}", e);
        }
    }

    private static SafeFileHandle Create(string path) => Open(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive) ?? throw ErrorOf(ErrorCode.NotThere);

    /// <summary>Opens a file of ours, and waits for nobody: a FIFO has no writer.</summary>
    /// <returns>Null when it is not there.</returns>
    private static SafeFileHandle? Open(string path, OpenFlags flags)
    {
        var handle = TryOpen(path, flags);
        try
        {
            if (handle is not null && FindProblem(handle) is { } problem)
            {
                throw new StateFileException(problem);
            }
        }
        catch
        {
            handle?.Dispose();
            throw;
        }

        return handle;
    }

    private static SafeFileHandle? TryOpen(string path, OpenFlags flags)
    {
        int descriptor;
        int error;
        do
        {
            descriptor = Open(path, flags | OpenFlags.NonBlocking | OpenFlags.CloseOnExec | NoFollow, OwnerAlone);
            error = Marshal.GetLastPInvokeError();
        }
        while (descriptor < 0 && error == ErrorCode.Interrupted);

        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
            : error == ErrorCode.NotThere ? null
            : throw ErrorOf(error);
    }

    private static string? FindProblem(SafeFileHandle handle)
    {
        if (Describe(handle, "", EmptyPath, AskedFacts, out var facts) != 0)
        {
            throw ErrorOf(Marshal.GetLastPInvokeError());
        }

        var rights = facts.Mode & 0xFFF;
        return (facts.Mode & TypeMask) != RegularFile ? "is no regular file: name one, or one that is not there yet"
            : facts.User != EffectiveUser() ? "belongs to another user: give it to the one that iron-proxy runs as"
            : (rights & 0x3F) != 0 ? $"can be used by others (its mode is {Convert.ToString(rights, 8).PadLeft(4, '0')}): run chmod 600 on it, and have its tokens replaced if others may have read them"
            : null;
    }

    private static StateFileException ErrorOf(int error) => new(error == ErrorCode.Link ? "is a symbolic link: name the file itself" : $"cannot be opened ({Marshal.GetPInvokeErrorMessage(error)})");

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";

    private const int EmptyPath = 0x1000;
    private const uint AskedFacts = 0xB; // Type, mode and user.
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>O_NOFOLLOW, which is another number on ARM.</summary>
    private static OpenFlags NoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? (OpenFlags)0x8000 : (OpenFlags)0x20000;

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, OpenFlags flags, uint mode);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Lock(SafeFileHandle handle, LockFlags flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(SafeFileHandle handle);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Describe(SafeFileHandle folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint asked, out Facts facts);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();

    /// <summary>struct statx, which is the same on all machines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Facts
    {
        [FieldOffset(20)]
        public uint User;

        [FieldOffset(28)]
        public ushort Mode;
    }

    [Flags]
    private enum OpenFlags
    {
        ReadOnly = 0,
        WriteOnly = 0x1,
        Create = 0x40,
        Exclusive = 0x80,
        NonBlocking = 0x800,
        CloseOnExec = 0x80000,
    }

    [Flags]
    private enum LockFlags
    {
        Exclusive = 2,
        NonBlocking = 4,
    }

    private static class ErrorCode
    {
        public const int NotThere = 2;
        public const int Interrupted = 4;
        public const int WouldBlock = 11;
        public const int Invalid = 22;
        public const int Link = 40;
    }
}
