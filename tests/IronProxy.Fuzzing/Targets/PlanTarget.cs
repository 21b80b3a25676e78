using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;
using IronProxy.Plan.Tests;

namespace IronProxy.Fuzzing.Targets;

/// <summary>
/// A plan. It carries the hash of its own bytes, which no change by chance would keep: the hash is set right before the plan is read, as whoever
/// writes one by hand would do. What is read is what can be asked.
/// </summary>
internal sealed class PlanTarget() : FuzzTarget("plan")
{
    private const string Member = "\"fileHash\":\"";

    private static readonly string[] Urls = ["https://api.github.com/v1/a", "http://a.example.com/", "http://10.1.2.3/"];

    private static readonly byte[] Seed = PlanSerializer.Write(PlanSerializer.Seal(TestPlan.Create(TestPlan.EveryStep())));

    public override IEnumerable<byte[]> Seeds => [Seed, PlanSerializer.Write(PlanSerializer.Seal(TestPlan.Create()))];

    public override IEnumerable<byte[]> Dictionary =>
    [
        .. Bytes.OfEach("null", "{}", "[]", "-1", "0", "1", "2147483648", "1e9", "true", "\"\"", ",", "\"type\":", "\"source\":", "\"\\u0000\"", "\"at\":", "[[[[", "\"formatVersion\":"),
        .. Members(),
    ];

    public override int MaxLength => 16 * 1024;

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        ProxyPlan plan;
        PlanPolicy policy;
        try
        {
            plan = PlanSerializer.Read(WithItsHash(input));
            policy = new PlanPolicy(plan);
        }
        catch (PlanException)
        {
            return;
        }

        var again = PlanSerializer.Read(PlanSerializer.Write(PlanSerializer.Seal(plan)));
        RequireEqual(PlanSerializer.Seal(plan).PolicyHash, PlanSerializer.Seal(again).PolicyHash, "A plan that was written is read as the same");
        foreach (var url in Urls)
        {
            Require(CanonicalRequest.TryCreateFromUrl("GET", url, out var request) is null, "The question can be asked");
            policy.DecideAllowlists(policy.Matcher.FindHost(request.Host), request, out _);
        }
    }

    private static byte[] WithItsHash(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var start = text.IndexOf(Member, StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf('"', start + Member.Length);
        if (end < 0)
        {
            return input;
        }

        start += Member.Length;
        var breakAt = text.EndsWith('\n') ? input.Length - 1 : input.Length;
        var digits = $"sha256:{Convert.ToHexStringLower(SHA256.HashData([.. input[..start], .. input[end..breakAt]]))}";
        return [.. input[..start], .. Bytes.Of(digits), .. input[end..breakAt], (byte)'\n'];
    }

    /// <summary>The names and texts that plans have.</summary>
    private static List<byte[]> Members()
    {
        var members = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(Seed);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                members.Add($"\"{reader.GetString()}\":");
            }
            else if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length < 24)
            {
                members.Add(JsonSerializer.Serialize(reader.GetString()));
            }
        }

        return [.. members.Select(Bytes.Of)];
    }
}
