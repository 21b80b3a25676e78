using System.Net.Security;

namespace IronProxy.Certificates.Tests;

public sealed class LeafCertificateCacheTests : IDisposable
{
    private const int NewPerMinute = 200;

    private static readonly TimeSpan Validity = TimeSpan.FromHours(10);

    private readonly ManualTime _time = new();
    private readonly CertificateAuthority _ca;

    public LeafCertificateCacheTests() => _ca = TestCa.Create(_time);

    public void Dispose() => _ca.Dispose();

    [Fact]
    public async Task A_name_keeps_its_context()
    {
        var cache = Cache();

        var first = await Get(cache, "api.github.com");

        Assert.Same(first, await Get(cache, "api.github.com"));
        Assert.Same(first, await Get(cache, "API.github.com"));
        Assert.NotSame(first, await Get(cache, "pypi.org"));
        Assert.Contains("api.github.com", first.TargetCertificate.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_least_recently_used_name_goes_first()
    {
        var cache = Cache(capacity: 2);
        var a = await Get(cache, "a.example");
        var b = await Get(cache, "b.example");
        Assert.Same(a, await Get(cache, "a.example"));

        await Get(cache, "c.example");

        Assert.Same(a, await Get(cache, "a.example"));
        Assert.NotSame(b, await Get(cache, "b.example"));
    }

    [Fact]
    public async Task Callers_at_the_same_time_wait_for_one_minting()
    {
        var cache = Cache();

        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => Get(cache, $"h{i % 4}.example"))));

        Assert.Equal(4, all.Distinct().Count());
    }

    [Fact]
    public async Task A_leaf_is_replaced_at_nine_tenths_of_its_life()
    {
        var cache = Cache();
        var first = await Get(cache, "api.github.com");

        _time.Advance(TimeSpan.FromHours(8.9));
        Assert.Same(first, await Get(cache, "api.github.com"));

        _time.Advance(TimeSpan.FromHours(0.2));
        var second = await Get(cache, "api.github.com");
        Assert.NotSame(first, second);
        Assert.True(second.TargetCertificate.NotAfter > first.TargetCertificate.NotAfter);
    }

    [Fact]
    public async Task A_caller_that_gives_up_does_not_spoil_it_for_the_others()
    {
        var cache = Cache();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => cache.GetAsync(LeafName.ForHost("api.github.com"), denied: false, new CancellationToken(canceled: true)).AsTask());

        Assert.NotNull(await Get(cache, "api.github.com"));
    }

    [Fact]
    public async Task A_failed_minting_is_tried_again()
    {
        var cache = Cache();
        _time.Advance(TimeSpan.FromDays(91));
        await Assert.ThrowsAsync<CertificateAuthorityException>(() => Get(cache, "api.github.com"));
        await Assert.ThrowsAsync<CertificateAuthorityException>(() => Get(cache, "api.github.com"));

        _time.Advance(TimeSpan.FromDays(-90));

        Assert.NotNull(await Get(cache, "api.github.com"));
    }

    [Fact]
    public async Task Denied_names_do_not_push_out_the_allowed_ones()
    {
        var cache = Cache(capacity: 1);
        var allowed = await Get(cache, "api.github.com");

        for (var i = 0; i < 80; i++)
        {
            await Get(cache, $"h{i}.example", denied: true);
        }

        Assert.Same(allowed, await Get(cache, "api.github.com"));
    }

    [Fact]
    public async Task A_denied_name_keeps_its_context_among_sixty_four()
    {
        var cache = Cache();
        var first = await Get(cache, "h0.example", denied: true);
        for (var i = 1; i < 64; i++)
        {
            await Get(cache, $"h{i}.example", denied: true);
        }

        Assert.Same(first, await Get(cache, "h0.example", denied: true));

        await Get(cache, "h64.example", denied: true); // Pushes out h1, the least recently used.
        Assert.Same(first, await Get(cache, "h0.example", denied: true));
    }

    [Fact]
    public async Task New_denied_names_are_limited_to_a_burst_and_a_rate()
    {
        var cache = Cache();
        for (var i = 0; i < 100; i++)
        {
            await Get(cache, $"h{i}.example", denied: true);
        }

        await Assert.ThrowsAsync<LeafRateLimitException>(() => Get(cache, "one-more.example", denied: true));
        Assert.NotNull(await Get(cache, "h99.example", denied: true)); // What is there costs nothing.
        Assert.NotNull(await Get(cache, "api.github.com")); // Nor do denied names take from the rate of allowed ones.

        _time.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 50; i++)
        {
            await Get(cache, $"later{i}.example", denied: true);
        }

        await Assert.ThrowsAsync<LeafRateLimitException>(() => Get(cache, "one-more.example", denied: true));
    }

    [Fact]
    public async Task New_allowed_names_are_limited_to_twice_that()
    {
        var cache = Cache(capacity: 1000);
        for (var i = 0; i < NewPerMinute; i++)
        {
            await Get(cache, $"h{i}.example");
        }

        await Assert.ThrowsAsync<LeafRateLimitException>(() => Get(cache, "one-more.example"));
        Assert.NotNull(await Get(cache, "h0.example")); // What is there costs nothing.

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await Get(cache, "one-more.example"));
    }

    [Fact]
    public async Task A_denied_request_to_a_name_that_is_there_uses_it()
    {
        var cache = Cache();
        var allowed = await Get(cache, "api.github.com");

        Assert.Same(allowed, await Get(cache, "api.github.com", denied: true));
    }

    [Fact]
    public void A_cache_for_nothing_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Cache(capacity: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeafCertificateCache(_ca, 1, TimeSpan.Zero, 1, _time));
    }

    private LeafCertificateCache Cache(int capacity = 100) => new(_ca, capacity, Validity, NewPerMinute, _time);

    private static Task<SslStreamCertificateContext> Get(LeafCertificateCache cache, string host, bool denied = false) =>
        cache.GetAsync(LeafName.ForHost(host), denied, CancellationToken.None).AsTask();
}
