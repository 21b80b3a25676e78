using System.IO.Pipes;
using System.Runtime.InteropServices;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Pipeline.Tests.Logs;

/// <summary>Writing to a descriptor, where the system says no in all of its ways.</summary>
public class DescriptorStreamTests
{
    private const int SetStatusFlags = 4; // F_SETFL
    private const int NonBlocking = 0x800; // O_NONBLOCK

    [Fact]
    public async Task All_bytes_arrive_through_a_pipe_that_does_not_block()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        var descriptor = (int)reader.ClientSafePipeHandle.DangerousGetHandle();
        Assert.Equal(0, Control(descriptor, SetStatusFlags, NonBlocking));
        var sent = new byte[1024 * 1024];
        new Random(1).NextBytes(sent);
        var writing = Task.Run(() => new DescriptorStream(descriptor).Write(sent));

        // A pipe holds less than that: writing is cut short, and refused for now, many times.
        var received = new byte[sent.Length];
        for (var count = 0; count < received.Length;)
        {
            count += await reader.ReadAsync(received.AsMemory(count, Math.Min(3000, received.Length - count)));
        }

        await writing;
        Assert.Equal(sent, received);
    }

    [Fact]
    public void A_pipe_without_a_reader_is_an_error_and_is_seen_before_it_is_written_to()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using var writer = new AnonymousPipeClientStream(PipeDirection.Out, reader.GetClientHandleAsString());
        var stream = new DescriptorStream((int)writer.SafePipeHandle.DangerousGetHandle());
        stream.Write("heard"u8);
        Assert.True(stream.CanWrite);

        reader.Dispose();
        Assert.False(stream.CanWrite);
        Assert.Throws<IOException>(() => stream.Write("unheard"u8));
    }

    [Fact]
    public void A_full_pipe_has_no_room()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        var descriptor = (int)reader.ClientSafePipeHandle.DangerousGetHandle();
        var stream = new DescriptorStream(descriptor);
        Assert.True(stream.WaitForRoom(TimeSpan.Zero));
        Fill(descriptor);
        Assert.False(stream.WaitForRoom(TimeSpan.Zero));
        Assert.True(stream.CanWrite); // Somebody may still read it.
    }

    [Fact]
    public void A_full_disk_is_an_error()
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        var error = Assert.Throws<IOException>(() => new DescriptorStream((int)full.DangerousGetHandle()).Write("a"u8));
        Assert.Contains("space", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_others_write_to_as_well_is_not_overwritten()
    {
        var path = Path.GetTempFileName();
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            // Two streams over one open file, as a shell gives to the programs that it starts.
            var descriptor = (int)file.DangerousGetHandle();
            new DescriptorStream(descriptor).Write("one "u8);
            new DescriptorStream(descriptor).Write("two"u8);
        }

        Assert.Equal("one two", File.ReadAllText(path));
        File.Delete(path);
    }

    [Fact]
    public void A_number_that_nothing_is_open_under_is_an_error()
    {
        var stream = new DescriptorStream(int.MaxValue);
        Assert.False(stream.WasInherited);
        Assert.False(stream.CanWrite);
        Assert.Throws<IOException>(() => stream.Write("a"u8));
    }

    [Fact]
    public void What_the_process_opened_itself_was_not_inherited()
    {
        using var file = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        Assert.False(new DescriptorStream((int)file.DangerousGetHandle()).WasInherited);
        Assert.True(new DescriptorStream(2).WasInherited);
    }

    private static void Fill(int descriptor)
    {
        using var copy = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, 0);
        Assert.Equal(0, Control(descriptor, SetStatusFlags, NonBlocking));
        try
        {
            while (true)
            {
                copy.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command, int argument);
}
