using IronProxy.Runtime.Limits;

namespace IronProxy.Runtime.Tests.Limits;

public sealed class OpenFileLimitTests
{
    [Theory]
    [InlineData("Max open files            1024                 4096                 files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", int.MaxValue)]
    public void The_soft_limit_is_read(string line, long expected) =>
        Assert.Equal(expected, OpenFileLimit.Parse($"Limit                     Soft Limit           Hard Limit           Units     \nMax processes             1                    2                    processes \n{line}\nMax locked memory         8388608              8388608              bytes     \n"));

    [Fact]
    public void The_systems_own_file_is_understood() =>
        Assert.InRange(OpenFileLimit.Parse(File.ReadAllText("/proc/self/limits")), 1, int.MaxValue);

    [Fact]
    public void A_file_without_the_line_is_an_error() =>
        Assert.Throws<FormatException>(() => OpenFileLimit.Parse("Max processes 1 2 processes\n"));
}
