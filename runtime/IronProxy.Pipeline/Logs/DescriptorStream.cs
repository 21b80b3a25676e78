using System.Runtime.InteropServices;

namespace IronProxy.Pipeline.Logs;

/// <summary>
/// Writes to a descriptor that the process was started with, such as its standard error. The console's own stream takes a
/// pipe that nobody reads any more for a success; here every failed write is one.
/// </summary>
/// <param name="descriptor">The descriptor. It is not closed.</param>
public sealed class DescriptorStream(int descriptor) : UnseekableStream
{
    // Of Linux, the one system that the programs are made for.
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EAGAIN
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int GetStatusFlags = 3; // F_GETFL
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int AccessMode = 3; // O_ACCMODE
    private const short Writable = 0x4; // POLLOUT
    private const short Lost = 0x8 | 0x10 | 0x20; // POLLERR, POLLHUP, POLLNVAL

    /// <summary>
    /// Whether the process was started with this descriptor, open for writing. When it was not, its number goes to something
    /// else that the runtime opens, which must not be written into: that has the flag that nothing inherited can have.
    /// </summary>
    public bool WasInherited =>
        Control(descriptor, GetDescriptorFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0
        && Control(descriptor, GetStatusFlags) is >= 0 and var status && (status & AccessMode) != 0;

    /// <summary>Whether there is still somebody to write to: a pipe or a terminal can be closed at its other end.</summary>
    public override bool CanWrite
    {
        get
        {
            var events = new PollEvents { Descriptor = descriptor };
            return Poll(ref events, 1, 0) <= 0 || (events.Returned & Lost) == 0;
        }
    }

    /// <summary>Whether it is a terminal.</summary>
    public bool IsTerminal => IsATerminal(descriptor) == 1;

    /// <inheritdoc />
    public override bool CanRead => false;

    /// <summary>Waits until something can be written, or until writing would fail.</summary>
    /// <returns>False when it takes longer.</returns>
    public bool WaitForRoom(TimeSpan patience)
    {
        var events = new PollEvents { Descriptor = descriptor, Wanted = Writable };
        return Poll(ref events, 1, (int)patience.TotalMilliseconds) > 0;
    }

    /// <summary>Writes all of it, and waits for as long as that takes.</summary>
    /// <exception cref="IOException">It cannot be written; a part of it may have been.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = Write(descriptor, in MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written > 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            // A descriptor that does not block may be one by the doing of another process that shares it.
            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                WaitForRoom(Timeout.InfiniteTimeSpan);
            }
            else if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc />
    public override void Flush()
    {
        // Nothing is held back.
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, in byte buffer, nint count);

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref PollEvents events, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);

    [DllImport("libc", EntryPoint = "isatty")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int IsATerminal(int descriptor);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEvents
    {
        public int Descriptor;
        public short Wanted;
        public short Returned;
    }
}
