using System.Buffers;
using System.IO.Pipelines;
using IronProxy.Runtime.Requests;

namespace IronProxy.Runtime.Tests.Handling;

public sealed class ResponsePiecesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5, 5)]
    [InlineData(16 * 1024, 16 * 1024)]
    [InlineData(40_000, 16 * 1024, 16 * 1024, 40_000 - (32 * 1024))]
    public void Bytes_are_put_in_pieces_of_a_record(int length, params int[] pieces)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var writer = new Writer(room: 64 * 1024);

        ResponsePieces.Put(writer, bytes);

        Assert.Equal(pieces, writer.Pieces);
        Assert.Equal(bytes, writer.Written);
    }

    /// <summary>What the server lends once its connection was reset.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_writer_that_lends_too_little_belongs_to_a_client_that_is_gone(int room)
    {
        var writer = new Writer(room);

        Assert.Throws<IOException>(() => ResponsePieces.Put(writer, "12345"u8));
        Assert.Empty(writer.Written);
    }

    private sealed class Writer(int room) : PipeWriter
    {
        private readonly byte[] _lent = new byte[room];
        private readonly ArrayBufferWriter<byte> _written = new();

        public List<int> Pieces { get; } = [];

        public byte[] Written => _written.WrittenSpan.ToArray();

        public override Memory<byte> GetMemory(int sizeHint = 0) => _lent;

        public override Span<byte> GetSpan(int sizeHint = 0) => _lent;

        public override void Advance(int bytes)
        {
            Pieces.Add(bytes);
            _written.Write(_lent.AsSpan(0, bytes));
        }

        public override void CancelPendingFlush() => throw new NotSupportedException();

        public override void Complete(Exception? exception = null) => throw new NotSupportedException();

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
