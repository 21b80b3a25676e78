using IronProxy.Pipeline;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.Terminal;

/// <summary>
/// Standard output. The console's own stream takes a pipe that nobody reads any more for one that is read: a command that prints until it is stopped would go on for ever.
/// </summary>
/// <param name="descriptor">The descriptor.</param>
internal sealed class ResultStream(DescriptorStream descriptor) : UnseekableStream
{
    /// <inheritdoc />
    public override bool CanRead => false;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <summary>Whether somebody still reads.</summary>
    public bool IsRead => descriptor.CanWrite;

    /// <exception cref="OutputGoneException">Nobody reads any more.</exception>
    /// <exception cref="CliException">It cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            descriptor.Write(buffer);
        }
        catch (IOException e)
        {
            throw IsRead ? new CliException($"standard output cannot be written: {e.Message}", e) : new OutputGoneException(e);
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
}
