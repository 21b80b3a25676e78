using System.Text;
using IronProxy.Plan;

namespace IronProxy.Fuzzing.Targets;

/// <summary>A whole URL, as requests to a proxy have it, and hosts as people write them.</summary>
internal sealed class UrlTarget() : FuzzTarget("url")
{
    public override IEnumerable<byte[]> Seeds => Bytes.OfEach(
        "http://api.example.com/v1?x=1",
        "https://[2001:DB8::1]:8443/a",
        "HTTP://A.Example.:80",
        "http://192.0.2.1?x",
        "http://user@a.example/",
        "http://xn--bcher-kva.example/");

    public override IEnumerable<byte[]> Dictionary => Bytes.OfEach(
        "http://", "https://", "://", "@", ":80", ":443", ":0", ":00080", "[", "]", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", ".", "..", "xn--", "%2e",
        "#", "?", "/", "\\", "%25eth0", "\u00e4", "\u0000", "a.example", "localhost");

    public override int MaxLength => 512;

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var url = Encoding.UTF8.GetString(input);
        if (CanonicalRequest.TryCreateFromUrl("GET", url, out var request) is null)
        {
            var written = $"{request.Scheme}://{request.HostHeader}{request.Target.Path}{request.Target.Query}";
            Require(CanonicalRequest.TryCreateFromUrl("GET", written, out var again) is null && again == request, $"A canonical URL is its own canonical form: {written}");
            CheckHost(request.Host);
        }

        // What a person writes ends as what comes over the wire.
        if (CanonicalHost.TryCreateFromText(url, out var host) is null)
        {
            CheckHost(host);
        }
    }

    private static void CheckHost(CanonicalHost host)
    {
        Require(host.Text.Length is > 0 and <= 253 && host.Text.All(c => c is > ' ' and < (char)0x7F and not (>= 'A' and <= 'Z')), $"A host is short, in ASCII and in lower case: {host.Text}");
        Require(CanonicalHost.TryCreate(host.Text, bracketed: host.UriText.StartsWith('['), out var again) is null && again == host, $"A canonical host is its own canonical form: {host.Text}");
        Require(CanonicalAuthority.TryParse(host.UriText, out var authority) is null && authority == new CanonicalAuthority(host, null), $"A host is read from a URL as itself: {host.UriText}");
    }
}
