using System.Buffers;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Fuzzing.Targets;

/// <summary>What a SOCKS5 client sends: its greeting, its name and password when it offers them and they come, and the request behind.</summary>
internal sealed class Socks5Target() : FuzzTarget("socks5")
{
    public override IEnumerable<byte[]> Seeds =>
    [
        [5, 1, 0, 5, 1, 0, 3, .. Bytes.Vector8(Bytes.Of("api.example.com")), 1, 187],
        [5, 2, 2, 0, 5, 1, 0, 1, 192, 0, 2, 1, 0, 80],
        [5, 1, 0, 5, 1, 0, 4, .. new byte[10], 0xFF, 0xFF, 192, 0, 2, 1, 0, 80],
        [5, 1, 2, 1, .. Bytes.Vector8(Bytes.Of("alice")), .. Bytes.Vector8(Bytes.Of("secret")), 5, 1, 0, 1, 192, 0, 2, 1, 0, 80],
        [5, 1, 0, 5, 2, 0, 1, 192, 0, 2, 1, 0, 80],
    ];

    public override IEnumerable<byte[]> Dictionary =>
        [[5, 1, 0], [1, 1, (byte)'a', 1, (byte)'b'], [3, 9, .. Bytes.Of("b.example")], [1, 127, 0, 0, 1], [4, 0, 0], .. Bytes.OfEach("0x7f.1", "xn--", "%00", ".", "127.1", "[::1]")];

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var whole = Parse(CutInput.Whole(input));
        foreach (var pieces in CutInput.Pieces(input, cuts))
        {
            RequireEqual(whole, Parse(pieces), "A greeting and a request are read alike however they are cut");
        }

        foreach (var cut in cuts)
        {
            var prefix = Parse(CutInput.Whole(input[..cut]));
            Require(prefix.Status == ParseStatus.NeedMore || prefix == whole, $"What was decided on {cut} bytes holds for more of them");
        }

        if (whole.Status == ParseStatus.Done)
        {
            RequireEqual(FirstBytesKind.Socks5, FirstBytes.Classify(CutInput.Whole(input)), "What has a greeting begins as SOCKS5");
            CheckHost(whole.Request);
        }
    }

    private static void CheckHost(in Socks5Request request)
    {
        Require(request.Port is > 0 and <= ushort.MaxValue, "A port is from 1 to 65535");
        Require((request.Host is null) != (request.Address is null), "A destination is a name or an address");
        if (request.TryGetHost(out var host) is null)
        {
            var again = CanonicalHost.TryCreate(host.Text, bracketed: host.UriText.StartsWith('['), out var canonical);
            Require(again is null && canonical == host, $"A canonical host is its own canonical form: {host.Text}");
        }
    }

    private static (ParseStatus Status, long Consumed, Socks5Greeting Greeting, string? Username, Socks5Request Request, Socks5Refusal Refusal) Parse(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        var status = Socks5GreetingParser.TryParse(ref reader, out var greeting);
        if (status != ParseStatus.Done)
        {
            RequireEqual(0, reader.Consumed, "Nothing is consumed of what is not complete");
            return (status, 0, default, null, default, default);
        }

        string? username = null;
        var before = reader.Consumed;
        if (greeting.OffersCredentials && reader.TryPeek(out var version) && version == Socks5Messages.CredentialsVersion)
        {
            status = Socks5CredentialsParser.TryParse(ref reader, out var credentials);
            Require(status == ParseStatus.Done || reader.Consumed == before, "Nothing is consumed of what is not complete");
            username = credentials.Username;
            if (status != ParseStatus.Done)
            {
                return (status, before, greeting, username, default, default);
            }

            before = reader.Consumed;
        }

        status = Socks5RequestParser.TryParse(ref reader, out var request, out var refusal);
        Require(status == ParseStatus.Done || reader.Consumed == before, "Nothing is consumed of what is not complete");
        return (status, reader.Consumed, greeting, username, request, status == ParseStatus.Invalid ? refusal : default);
    }
}
