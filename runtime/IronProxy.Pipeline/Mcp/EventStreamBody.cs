using System.Buffers;

namespace IronProxy.Pipeline.Mcp;

/// <summary>A stream of events whose messages are filtered while they come. Each goes on as soon as it is whole.</summary>
/// <param name="inner">The stream as it came, without its coding.</param>
/// <param name="filter">Filters it.</param>
internal sealed class EventStreamBody(ResponseBody inner, EventStreamFilter filter) : ResponseBodyFilter(inner)
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _sent;
    private bool _ended;
    private BrokenResponseException? _broken;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => Inner.Trailers.Where(static line => !EndToEndNames.DescribesBytes(line.Key));

    /// <inheritdoc />
    /// <exception cref="BrokenResponseException">An event cannot be read, or is too large.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (_sent == _output.WrittenCount)
        {
            if (_ended)
            {
                return _broken is null ? 0 : throw _broken;
            }

            _output.ResetWrittenCount();
            _sent = 0;
            var read = await Inner.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            _ended = read == 0;
            try
            {
                if (_ended)
                {
                    filter.End(_output);
                }
                else
                {
                    filter.Take(buffer.Span[..read], _output);
                }
            }
            catch (BrokenResponseException e)
            {
                // What came before it goes on.
                _broken = e;
                _ended = true;
            }
        }

        var length = Math.Min(buffer.Length, _output.WrittenCount - _sent);
        _output.WrittenMemory.Slice(_sent, length).CopyTo(buffer);
        _sent += length;
        return length;
    }
}
