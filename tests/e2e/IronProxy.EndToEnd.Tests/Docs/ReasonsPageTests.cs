using System.Globalization;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.EndToEnd.Tests.Docs;

/// <summary>docs/reference/reasons.md is made from the reasons themselves; UPDATE_SNAPSHOTS=1 writes it anew.</summary>
public sealed class ReasonsPageTests
{
    private static readonly string Page = Repository.Path("docs", "reference", "reasons.md");

    [Fact]
    public void The_page_lists_every_reason_as_it_is()
    {
        var expected = Render();
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Page)!);
            File.WriteAllText(Page, expected);
        }

        Assert.Equal(expected, File.ReadAllText(Page));
    }

    [Fact]
    public void Codes_are_unique_and_found_again()
    {
        Assert.Equal(Reason.All.Count, Reason.All.Select(r => r.Code).Distinct(StringComparer.Ordinal).Count());
        Assert.All(Reason.All, r => Assert.Same(r, Reason.Find(r.Code)));
    }

    private static string Render()
    {
        var page = new StringBuilder();
        page.Append("""
            # Reasons

            <!-- Made from the reasons in IronProxy.Plan by a test: UPDATE_SNAPSHOTS=1 writes it anew. -->

            A request that is not let through is answered with a status and a small JSON body, whose `reason` is one of these codes. The
            audit record has the same code. Codes are stable: a new one may come, and none changes its meaning.

            ```json
            {"error":"denied","reason":"host_not_allowed","message":"no rule allows this host","host":"example.com","policy":"allowlist"}
            ```

            `error` is `denied` when policy said no (403) and `refused` otherwise; `policy` names the transform that decided, or `proxy`.
            A few requests are so malformed that they get a status, which may be another one, and no body; their record has the code all the same. Over a tunnel or a
            failed TLS handshake nobody reads a status; there it is only in the record.

            | code | status | meaning |
            |---|---|---|

            """);
        foreach (var reason in Reason.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{reason.Code}` | {reason.Status} | {reason.Sentence} |\n");
        }

        return page.ToString();
    }
}
