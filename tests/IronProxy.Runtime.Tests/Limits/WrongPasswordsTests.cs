using System.Net;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Tests.Dns;

namespace IronProxy.Runtime.Tests.Limits;

public sealed class WrongPasswordsTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    private readonly ManualTime _time = new();
    private readonly WrongPasswords _wrong;

    public WrongPasswordsTests() => _wrong = new WrongPasswords(2, new ProxyMetrics(), _time);

    [Fact]
    public void An_address_that_has_shown_as_many_as_it_may_has_to_wait_until_its_minute_is_over()
    {
        _time.Advance(TimeSpan.FromHours(1));
        _wrong.Count(One);
        Assert.True(_wrong.MayTry(One));
        _time.Advance(TimeSpan.FromSeconds(59));
        _wrong.Count(One);
        Assert.False(_wrong.MayTry(One));
        Assert.True(_wrong.MayTry(Other));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_wrong.MayTry(One));

        // The next one begins a minute of its own.
        _wrong.Count(One);
        _wrong.Count(One);
        Assert.False(_wrong.MayTry(One));
    }

    [Fact]
    public void Addresses_whose_minute_is_over_are_forgotten()
    {
        for (var minute = 0; minute < 4; minute++)
        {
            for (var i = 0; i < 1500; i++)
            {
                _wrong.Count(new IPAddress((minute * 10_000L) + i + 1));
            }

            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(_wrong.Addresses, 1, 3500);
    }
}
