using IronProxy.Plan;
using IronProxy.Runtime.Limits;

namespace IronProxy.Runtime.Tests.Limits;

public sealed class ProxyLimitsTests
{
    [Fact]
    public void Without_a_section_every_limit_has_its_default()
    {
        var limits = ProxyLimits.Create(null, 20_000);

        Assert.Equal(9744, limits.ClientConnections);
        Assert.Equal(4872, limits.ClientConnectionsPerAddress);
        Assert.Equal(9744, limits.UpstreamConnections);
        Assert.Equal(1000, limits.Requests);
        Assert.Equal(500, limits.RequestsPerAddress);
        Assert.Equal(300, limits.NewCertificatesPerMinute);
        Assert.Equal(60, limits.WrongPasswordsPerMinute);
        Assert.Equal(256L << 20, limits.BufferedBodyBytes);
        Assert.Equal(240, limits.MinBodyBytesPerSecond);
        Assert.Equal(TimeSpan.FromMinutes(1), limits.IdleTimeout);
    }

    [Fact]
    public void What_is_written_holds()
    {
        var limits = ProxyLimits.Create(
            new LimitsPlan
            {
                ClientConnections = 7,
                ClientConnectionsPerAddress = 6,
                UpstreamConnections = 5,
                Requests = 4,
                RequestsPerAddress = 3,
                NewCertificatesPerMinute = 2,
                WrongPasswordsPerMinute = 8,
                BufferedBodyBytes = 1,
                MinBodyBytesPerSecond = 0,
                IdleTimeoutMs = 9,
            },
            1024);

        Assert.Equal((7, 6, 5, 4, 3, 2), (limits.ClientConnections, limits.ClientConnectionsPerAddress, limits.UpstreamConnections, limits.Requests, limits.RequestsPerAddress, limits.NewCertificatesPerMinute));
        Assert.Equal(8, limits.WrongPasswordsPerMinute);
        Assert.Equal((1, 0, TimeSpan.FromMilliseconds(9)), (limits.BufferedBodyBytes, limits.MinBodyBytesPerSecond, limits.IdleTimeout));
    }

    [Fact]
    public void One_client_may_have_half_of_what_is_written_and_never_nothing()
    {
        var limits = ProxyLimits.Create(new LimitsPlan { ClientConnections = 1, Requests = 11 }, 1024);

        Assert.Equal(1, limits.ClientConnectionsPerAddress);
        Assert.Equal(5, limits.RequestsPerAddress);
    }

    [Theory]
    [InlineData(514)]
    [InlineData(515)]
    [InlineData(700)]
    [InlineData(1024)]
    [InlineData(1_048_576)]
    [InlineData(int.MaxValue)]
    public void The_reserve_is_left_whatever_the_process_may_open(long openFiles)
    {
        var limits = ProxyLimits.Create(null, openFiles);

        Assert.InRange(limits.ClientConnections, 1, ProxyLimits.MaxDefaultConnections);
        Assert.InRange(limits.UpstreamConnections, 1, ProxyLimits.MaxDefaultConnections);
        Assert.True(limits.ClientConnections + limits.UpstreamConnections + ProxyLimits.ReservedFiles <= openFiles);
    }

    [Theory]
    [InlineData(1500, null)]
    [InlineData(null, 1500)]
    public void What_is_not_written_makes_room_for_what_is(int? clients, int? upstreams)
    {
        var limits = ProxyLimits.Create(new LimitsPlan { ClientConnections = clients, UpstreamConnections = upstreams }, 2048);

        Assert.Equal(2048 - ProxyLimits.ReservedFiles, limits.ClientConnections + limits.UpstreamConnections);
    }

    [Fact]
    public void Connections_that_do_not_fit_end_the_start_with_the_keys_and_the_numbers()
    {
        var e = Assert.Throws<StartupException>(() => ProxyLimits.Create(new LimitsPlan { ClientConnections = 5000, UpstreamConnections = 300 }, 4096));

        Assert.StartsWith("limits.client_connections (5000) and limits.upstream_connections (300) need 5812 open files with the reserve of 512, and the process may open 4096: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_files_for_anything_end_the_start() =>
        Assert.StartsWith("The process may open 256 files, and 514 are the least: ", Assert.Throws<StartupException>(() => ProxyLimits.Create(null, 256)).Message, StringComparison.Ordinal);
}
