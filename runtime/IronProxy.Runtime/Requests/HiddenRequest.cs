using System.Buffers;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Requests;

/// <summary>What policy sees of TLS that is not opened: host and port.</summary>
/// <param name="policy">What decides.</param>
/// <param name="destination">Host and port, and who asks for them.</param>
/// <param name="record">What is remembered of it.</param>
internal sealed class HiddenRequest(PlanPolicy policy, CanonicalRequest destination, DecisionRecord record)
    : RequestContext(policy, destination, HiddenHead.Instance, new HiddenBody(), record)
{
    private sealed class HiddenHead : ReceivedHeaders
    {
        public static readonly HiddenHead Instance = new();

        public override bool IsHttp2 => false;

        protected override string? FindLines(string name) => null;

        public override void CopyTo(HeaderLines lines, EndToEndNames names)
        {
        }
    }

    private sealed class HiddenBody : RequestBody
    {
        public override bool Exists => false;

        public override long? AnnouncedLength => null;

        public override bool TryReserve(long bytes) => false;

        protected override ValueTask<ReadOnlySequence<byte>> ReadAsync(CancellationToken cancellation) => default;

        protected override void Advance(in ReadOnlySequence<byte> bytes)
        {
        }
    }
}
