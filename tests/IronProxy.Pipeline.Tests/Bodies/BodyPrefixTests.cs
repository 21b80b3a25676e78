namespace IronProxy.Pipeline.Tests.Bodies;

public class BodyPrefixTests
{
    [Fact]
    public void It_keeps_the_first_bytes_whatever_the_pieces()
    {
        var body = Enumerable.Range(0, 200).Select(i => (byte)i).ToArray();
        for (var piece = 1; piece < 50; piece++)
        {
            var prefix = new BodyPrefix(100);
            foreach (var chunk in body.Chunk(piece))
            {
                prefix.Append(chunk);
            }

            Assert.Equal(body[..100], prefix.Bytes.ToArray());
            Assert.True(prefix.Truncated);
        }
    }

    [Fact]
    public void A_body_of_exactly_the_limit_is_whole()
    {
        var prefix = new BodyPrefix(3);
        prefix.Append([1, 2, 3]);
        prefix.Append([]);
        Assert.False(prefix.Truncated);
    }
}
