namespace IronProxy.Plan.Tests;

/// <summary>Canonical values that a test takes for granted.</summary>
internal static class Canonical
{
    public static CanonicalHost Host(string raw)
    {
        var bracketed = raw.Contains(':', StringComparison.Ordinal);
        Assert.Null(CanonicalHost.TryCreate(raw, bracketed, out var host));
        return host;
    }

    public static CanonicalRequest Request(string method, string url)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(method, url, out var request));
        return request;
    }
}
