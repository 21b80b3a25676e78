using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Tests.Protocols.Dns;

public sealed class DnsNameTests
{
    private static readonly byte[] Head = new byte[12];

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("API.OpenAI.com")]
    [InlineData("_dmarc.example.com")]
    [InlineData("xn--mnchen-3ya.example")]
    public void A_name_comes_back_as_it_was_written(string name)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxWireLength];
        Assert.True(DnsName.TryWrite(name, wire, out var written));
        Assert.Equal(QueryBytes.Name(name), wire[..written].ToArray());
        Assert.Equal(ParseStatus.Done, DnsName.TryRead(wire[..written], 0, allowPointers: false, out var read, out var length));
        Assert.Equal(name, read);
        Assert.Equal(written, length);
    }

    [Fact]
    public void Bytes_that_could_be_mistaken_are_escaped()
    {
        byte[] wire = [.. QueryBytes.Label("a.b"u8.ToArray()), .. QueryBytes.Label([0, (byte)'\\', 0xFF, (byte)' ']), 0];
        Assert.Equal(ParseStatus.Done, DnsName.TryRead(wire, 0, allowPointers: false, out var name, out _));
        Assert.Equal(@"a\046b.\000\092\255\032", name);
        Assert.False(DnsName.TryWrite(name, new byte[255], out _));
    }

    [Fact]
    public void A_name_of_255_bytes_is_read_and_a_longer_one_is_not()
    {
        var label = QueryBytes.Label([.. Enumerable.Repeat((byte)0xFF, 61)]);
        byte[] longest = [.. label, .. label, .. label, .. label, .. QueryBytes.Label([.. Enumerable.Repeat((byte)1, 5)]), 0];
        Assert.Equal(255, longest.Length);
        Assert.Equal(ParseStatus.Done, DnsName.TryRead(longest, 0, allowPointers: false, out _, out var length));
        Assert.Equal(255, length);

        byte[] longer = [.. label, .. label, .. label, .. label, .. QueryBytes.Label([.. Enumerable.Repeat((byte)1, 6)]), 0];
        Assert.Equal(ParseStatus.Invalid, DnsName.TryRead(longer, 0, allowPointers: false, out _, out _));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("m\u00fcnchen")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void What_is_no_name_is_not_written(string name) => Assert.False(DnsName.TryWrite(name, new byte[255], out _));

    [Fact]
    public void A_name_that_does_not_fit_is_not_written()
    {
        Assert.False(DnsName.TryWrite("example.com", new byte[12], out _));
        Assert.True(DnsName.TryWrite("example.com", new byte[13], out _));
        Assert.False(DnsName.TryWrite("", [], out _));
    }

    [Fact]
    public void A_pointer_leads_back_to_the_rest_of_a_name()
    {
        byte[] message = [.. Head, .. QueryBytes.Name("example.com"), .. QueryBytes.Label("www"u8.ToArray()), 0xC0, 12];
        Assert.Equal(ParseStatus.Done, DnsName.TryRead(message, 25, allowPointers: true, out var name, out var length));
        Assert.Equal("www.example.com", name);
        Assert.Equal(6, length);
        Assert.Equal(ParseStatus.Invalid, DnsName.TryRead(message, 25, allowPointers: false, out _, out _));
    }

    [Theory]
    [InlineData(12)] // to itself
    [InlineData(14)] // forward
    [InlineData(0)] // into the head
    public void A_pointer_that_does_not_lead_back_is_invalid(byte target) =>
        Assert.Equal(ParseStatus.Invalid, DnsName.TryRead([.. Head, 0xC0, target, 0], 12, allowPointers: true, out _, out _));

    [Fact]
    public void Pointers_that_circle_are_invalid()
    {
        byte[] message = [.. Head, 1, (byte)'a', 0xC0, 16, 1, (byte)'b', 0xC0, 12];
        Assert.Equal(ParseStatus.Invalid, DnsName.TryRead(message, 16, allowPointers: true, out _, out _));
    }

    [Fact]
    public void A_long_chain_of_pointers_is_invalid()
    {
        var message = new List<byte>([.. Head, 0, 0]);
        for (var at = 14; at < 14 + (2 * 40); at += 2)
        {
            message.AddRange([0xC0, (byte)(at == 14 ? 12 : at - 2)]);
        }

        Assert.Equal(ParseStatus.Done, DnsName.TryRead([.. message], 14 + (2 * 31), allowPointers: true, out _, out _));
        Assert.Equal(ParseStatus.Invalid, DnsName.TryRead([.. message], 14 + (2 * 32), allowPointers: true, out _, out _));
    }

    [Theory]
    [InlineData(0x40)]
    [InlineData(0x80)]
    public void Reserved_label_types_are_invalid(byte mark) =>
        Assert.Equal(ParseStatus.Invalid, DnsName.TryRead([.. Head, mark, 0], 12, allowPointers: true, out _, out _));
}
