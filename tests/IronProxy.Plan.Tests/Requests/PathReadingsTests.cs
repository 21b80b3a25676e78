namespace IronProxy.Plan.Tests.Requests;

public sealed class PathReadingsTests
{
    [Theory]
    [InlineData("/@scope%2fname", "/@scope/name")]
    [InlineData("/a%252")]
    [InlineData("/apt/./Packages", "/apt/Packages")]
    [InlineData("/apt/.", "/apt/")]
    [InlineData("/.", "/")]
    [InlineData("/././a/.", "/a/")]
    [InlineData("/a;x=1/b;y", "/a/b")]
    [InlineData("/;x/a", "//a")]
    [InlineData("/a%2F.%2Fb", "/a/./b", "/a/b")]
    [InlineData("/a%2F./b", "/a/./b", "/a/b")]
    [InlineData("/p%2Fq/a;x%2Fb", "/p/q/a;x/b", "/p%2Fq/a", "/p/q/a/b", "/p/q/a")]
    [InlineData("/./a;x", "/./a", "/a;x", "/a")]
    [InlineData("/a")]
    [InlineData("/.well-known/a.b/..c/d.")]
    [InlineData("/a%3Bb")]
    public void A_path_is_read_with_slashes_decoded_parameters_cut_and_dots_removed(string path, params string[] readings)
    {
        Assert.Null(RequestTarget.TryCreate(path, out var target));
        Assert.Equal(readings, target.OtherReadings());
    }

    [Fact]
    public void One_of_the_readings_has_no_others_so_that_it_can_stand_for_the_path()
    {
        string[] parts = ["a", "b", ".c", ";", "%2F", "/", "/./", "%2F.%2F", ".", "=", "%20"];
        var tried = 0;
        foreach (var path in from a in parts from b in parts from c in parts from d in parts select $"/{a}{b}{c}{d}")
        {
            if (RequestTarget.TryCreate(path, out var target) is null && target.OtherReadings() is { IsEmpty: false } readings)
            {
                tried++;
                Assert.True(readings.Any(r => RequestTarget.TryCreate(r, out var last) is null && last.OtherReadings().IsEmpty), path);
                Assert.Equal(readings.Length, readings.Distinct(StringComparer.Ordinal).Count());
                Assert.DoesNotContain(path, readings);
            }
        }

        Assert.True(tried > 1000, $"{tried}");
    }
}
