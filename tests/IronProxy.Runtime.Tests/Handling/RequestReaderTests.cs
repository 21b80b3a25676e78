using IronProxy.Runtime.Handling;

namespace IronProxy.Runtime.Tests.Handling;

public class RequestReaderTests
{
    [Theory]
    [InlineData("/a/b?token=x", "/a/b")]
    [InlineData("/", "/")]
    [InlineData("http://h/p?q", "/p")]
    [InlineData("http://h", "/")]
    [InlineData("/x://y/z", "/x://y/z")]
    [InlineData("*", "*")]
    [InlineData("", "")]
    public void The_recorded_path_has_no_authority_and_no_query(string target, string path) =>
        Assert.Equal(path, RequestReader.PathOf(target));
}
