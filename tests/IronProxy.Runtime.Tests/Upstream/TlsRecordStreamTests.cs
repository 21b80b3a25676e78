using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Tests.Upstream;

public sealed class TlsRecordStreamTests
{
    /// <summary>Two records, of three bytes and of none.</summary>
    private static readonly byte[] Records = [0x17, 3, 3, 0, 3, 1, 2, 3, 0x16, 3, 3, 0, 0];

    [Fact]
    public async Task It_is_between_records_behind_each_of_them_however_they_come()
    {
        for (var step = 1; step <= Records.Length; step++)
        {
            await using var stream = new TlsRecordStream(new MemoryStream(Records));
            Assert.True(stream.IsBetweenRecords);
            var buffer = new byte[step];
            for (var read = 0; read < Records.Length;)
            {
                read += await stream.ReadAsync(buffer);
                Assert.Equal(read is 8 or 13, stream.IsBetweenRecords);
            }
        }
    }

    [Fact]
    public async Task The_end_of_the_connection_changes_nothing()
    {
        await using var stream = new TlsRecordStream(new MemoryStream(Records[..^1]));
        await stream.ReadExactlyAsync(new byte[Records.Length - 1]);
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        Assert.False(stream.IsBetweenRecords);
    }
}
