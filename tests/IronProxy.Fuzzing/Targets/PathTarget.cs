using System.Text;
using IronProxy.Plan;

namespace IronProxy.Fuzzing.Targets;

/// <summary>Path and query of a request, and the other paths that servers may take it for.</summary>
internal sealed class PathTarget() : FuzzTarget("path")
{
    private const int MostReadings = 16;
    private const int DeepestEscapes = 6;

    public override IEnumerable<byte[]> Seeds => Bytes.OfEach(
        "/v1/items?limit=1",
        "/group%2Fname/a;v=1/./b/.",
        "/%7euser/%41%2f%2F%25",
        "/a/%2e%2e/b",
        "/..;/a",
        "/a%252fb%5c",
        "/a%C0%AE%C0%AE/%EF%BC%8E%EF%BC%8E/b");

    public override IEnumerable<byte[]> Dictionary => Bytes.OfEach(
        "/", "/./", "/../", "/.", "/..", "%2f", "%2F", "%5c", "%2e", "%252e", "%25", "%00", "%0a", "%20", ";", ";a=b", "?", "#", "..;", "%c0%ae", "%e0%80%ae", "%ef%bc%8e", "%ef%bc%8f",
        "%e3%80%82", "\\", "//", "+", "%3b", "%3f", "%23", ":", "\u00c2", "\u3002", "%u002e");

    public override int MaxLength => 512;

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var raw = Encoding.Latin1.GetString(input);
        var refusal = RequestTarget.TryCreate(raw, out var target);
        if (refusal is not null)
        {
            return;
        }

        RequireEqual(raw, target.Path + target.Query, "What goes on is what came");
        RequireEqual(target.MatchPath, RequestTarget.DecodeUnreserved(target.MatchPath), "The path that rules read has nothing left to decode");
        RequireEqual((null, target.MatchPath), (RequestTarget.TryCreate(target.MatchPath, out var again), again.MatchPath), "The path that rules read is its own canonical form");
        var readings = target.OtherReadings();
        Require(readings.Length < MostReadings && readings.Distinct().Count() == readings.Length, "Readings are few, and each of them is there once");
        foreach (var reading in (string[])[target.MatchPath, .. readings])
        {
            Require(reading.StartsWith('/') && reading.Length <= target.MatchPath.Length, $"A reading is a path, and no longer: {reading}");
            Require(!Climbs(reading), $"No server climbs out of a path by reading it as {reading}");
        }
    }

    /// <summary>Whether a careless server, which decodes again and again, and takes backslashes for slashes, could see two dots.</summary>
    private static bool Climbs(string path)
    {
        for (var depth = 0; depth < DeepestEscapes; depth++)
        {
            if (path.Split('/', '\\').Any(s => s.Split(';', '?', '#', '\0')[0].Trim(' ', '\t') == ".."))
            {
                return true;
            }

            path = Uri.UnescapeDataString(path);
        }

        return false;
    }
}
