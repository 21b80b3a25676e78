using System.Buffers;

namespace IronProxy.Pipeline.Explaining;

/// <summary>The body of a request that is asked about. Without a given one there is none to read.</summary>
internal sealed class AskedRequestBody : RequestBody
{
    private readonly bool _chunked;
    private ReadOnlySequence<byte> _left;

    public AskedRequestBody(AskedBody? body, bool chunked)
    {
        Given = body?.Bytes;
        _chunked = chunked;
        _left = new ReadOnlySequence<byte>(Given ?? []);
        Consumed = !Exists;
    }

    /// <summary>The body as the workload sends it. Null when it is not known.</summary>
    public byte[]? Given { get; }

    public override bool Exists => Given is { Length: > 0 };

    public override long? AnnouncedLength => _chunked ? null : Given?.Length;

    public override bool TryReserve(long bytes) => true;

    protected override ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellation) => new(_left);

    protected override void Advance(in ReadOnlySequence<byte> bytes) => _left = _left.Slice(bytes.End);
}
