using System.Text.RegularExpressions;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Limits;

/// <summary>docs/limits.md has a row for each limit, with reasons that exist and have the status that it says.</summary>
public sealed partial class LimitsPageTests
{
    private static readonly string Page = File.ReadAllText(RepositoryRoot.Combine("docs", "limits.md"));
    private static readonly Match[] Rows = Row().Matches(Page).ToArray();

    [Fact]
    public void Every_limit_has_its_row_in_order()
    {
        Assert.Equal(Enum.GetValues<Limit>().Length, LimitNames.All.Length);
        Assert.Equal(LimitNames.All.Where(n => n != LimitNames.Of(Limit.OpenFiles)), Rows.Select(r => r.Groups["key"].Value));
        Assert.Contains($"`{LimitNames.Of(Limit.OpenFiles)}`", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_of_the_plan_is_a_limit() =>
        Assert.Equal(
            LimitNames.All.Where(n => n != LimitNames.Of(Limit.OpenFiles)),
            typeof(LimitsPlan).GetProperties().Select(p => Words().Replace(p.Name.Replace("Ms", "", StringComparison.Ordinal), "_").ToLowerInvariant()));

    [Fact]
    public void Reasons_exist_and_have_the_status_that_the_row_says()
    {
        foreach (var row in Rows)
        {
            var reasons = Code().Matches(row.Groups["reasons"].Value).Select(m => Reason.Find(m.Groups[1].Value)).ToArray();
            Assert.All(reasons, Assert.NotNull);
            Assert.All(Status().Matches(row.Groups["over"].Value), m => Assert.Contains(reasons, r => $"{r!.Status}" == m.Value)); // All are there.
        }
    }

    [Fact]
    public void Defaults_are_those_of_the_code()
    {
        string DefaultOf(string key) => Rows.Single(r => r.Groups["key"].Value == key).Groups["default"].Value;

        var connections = $"(nofile - {ProxyLimits.ReservedFiles}) / 2, at most {ProxyLimits.MaxDefaultConnections}";
        Assert.Equal(connections, DefaultOf("client_connections"));
        Assert.Equal(connections, DefaultOf("upstream_connections"));
        Assert.Equal($"{LimitsPlan.DefaultRequests}", DefaultOf("requests"));
        Assert.StartsWith($"{LimitsPlan.DefaultNewCertificatesPerMinute},", DefaultOf("new_certificates_per_minute"), StringComparison.Ordinal);
        Assert.Equal($"{LimitsPlan.DefaultBufferedBodyBytes >> 20} MiB", DefaultOf("buffered_body_bytes"));
        Assert.Equal($"{LimitsPlan.DefaultMinBodyBytesPerSecond}", DefaultOf("min_body_bytes_per_second"));
        Assert.Equal($"{LimitsPlan.DefaultIdleTimeoutMs / 1000}s", DefaultOf("idle_timeout"));
        Assert.Contains($"have {ProxyLimits.OperatorConnections} connections each of their own", Page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| `(?<key>[a-z_]+)` \| (?<default>[^|]+) \| (?<over>[^|]+) \|(?<reasons>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\b[45][0-9]{2}\b")]
    private static partial Regex Status();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Words();
}
