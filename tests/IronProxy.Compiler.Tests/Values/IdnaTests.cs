using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Tests.Values;

public class IdnaTests
{
    [Theory]
    [InlineData("b\u00fccher.example", "b\u00fccher.example")]
    [InlineData("bu\u0308cher.example", "b\u00fccher.example")]
    [InlineData("\uff47\uff49\uff54\uff48\uff55\uff42\uff0ecom", "github.com")]
    [InlineData("example\u3002com", "example.com")]
    [InlineData("\ufb03.example", "ffi.example")]
    [InlineData("\ud835\udd38.example", "a.example")] // A mathematical capital, beyond the basic plane.
    [InlineData("stra\u00dfe.example", "stra\u00dfe.example")]
    [InlineData("a\u0302\u0323", "\u1ead")] // Marks of different classes, in the other order.
    [InlineData("a\u0323\u0302", "\u1ead")]
    [InlineData("\u00e2\u0323", "\u1ead")] // Joined with the wrong one first.
    [InlineData("a\u0301\u0302", "\u00e1\u0302")] // Marks of one class keep their order.
    [InlineData("\u1112\u1161\u11ab", "\ud55c")]
    [InlineData("\ud558\u11ab", "\ud55c")]
    [InlineData("\uf900", "\u8c48")]
    public void A_name_is_mapped_as_clients_map_it(string name, string mapped)
    {
        Assert.Null(Idna.FindRefused(name, out _));
        Assert.Equal(mapped, Idna.Map(name));
        Assert.Equal(mapped, Idna.Map(mapped));
    }

    [Theory]
    [InlineData("api\u200b.example", 3, 0x200B)]
    [InlineData("\u00a0api.example", 0, 0xA0)]
    [InlineData("\ud835\udd38\u202e.example", 2, 0x202E)]
    [InlineData("a\uff0fb", 1, 0xFF0F)] // It stands for a slash.
    [InlineData("a\udb40\udc41", 1, 0xE0041)] // A tag, beyond the basic plane.
    public void What_cannot_be_in_a_host_is_found_with_its_place(string name, int at, int character)
    {
        Assert.Equal(character, Idna.FindRefused(name, out var offset)?.Value);
        Assert.Equal(at, offset);
    }
}
