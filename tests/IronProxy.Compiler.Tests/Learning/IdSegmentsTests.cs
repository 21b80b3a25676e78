using IronProxy.Compiler.Learning;

namespace IronProxy.Compiler.Tests.Learning;

public class IdSegmentsTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("123456")]
    [InlineData("2026-11-20")]
    [InlineData("0e8b2a1c-5d7f-4c1e-9b0a-3f2d1c0b9a87")]
    [InlineData("0E8B2A1C-5D7F-4C1E-9B0A-3F2D1C0B9A87")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("8f14e45")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("msg_013Zva2CMHLNnXjNJJKqJ2EF")]
    public void What_names_one_thing_among_many_is_an_id(string segment) => Assert.True(IdSegments.LooksLikeId(segment, first: false));

    [Theory]
    [InlineData("")]
    [InlineData("v1")]
    [InlineData("users")]
    [InlineData("deadbeef")]
    [InlineData("effaced")]
    [InlineData("v1beta1")]
    [InlineData("gpt-4o-mini-2024")]
    [InlineData("text-embedding-3-small")]
    [InlineData("internationalization")]
    [InlineData("1.2.3")]
    [InlineData("0e8b2a1c-5d7f-4c1e-9b0a")]
    public void What_belongs_to_the_shape_of_an_API_is_none(string segment) => Assert.False(IdSegments.LooksLikeId(segment, first: false));

    [Theory]
    [InlineData("2", false)]
    [InlineData("24", false)]
    [InlineData("2024", true)]
    public void A_short_number_at_the_beginning_is_a_version(string segment, bool id) => Assert.Equal(id, IdSegments.LooksLikeId(segment, first: true));
}
