using System.Text.Json;
using IronProxy.Cli.Commands.Doctor;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Tests.Doctor;

public class DoctorPrinterTests
{
    [Fact]
    public async Task Holes_with_the_same_remedy_are_told_once()
    {
        var settings = new DoctorSettings { Resolvers = [System.Net.IPEndPoint.Parse("127.0.0.1:9")], Timeout = TimeSpan.FromMilliseconds(100) };
        var workload = await Workload.LookAroundAsync(settings, null, static _ => null, default);
        using var writer = new StringWriter { NewLine = "\n" };

        new DoctorPrinter(writer, new Paint(color: false)).Print(
            workload,
            [
                new AttemptResult("tcp", "192.0.2.7:80", Outcome.Closed("no answer")),
                new AttemptResult("ports", "192.0.2.7:22", Outcome.Hole("somebody answers", "drop it")),
                new AttemptResult("ports", "192.0.2.8:22", Outcome.Hole("somebody answers", "drop it")),
                new AttemptResult("allowed", "GET https://a.test/", Outcome.Works("HTTP 200")),
            ]);

        Assert.Equal(
            """
            proxy     none that is known
            resolver  127.0.0.1:9

            closed   tcp      192.0.2.7:80         no answer
            HOLE     ports    192.0.2.7:22         somebody answers
            HOLE     ports    192.0.2.8:22         somebody answers
            works    allowed  GET https://a.test/  HTTP 200

            HOLE ports: 192.0.2.7:22, 192.0.2.8:22
              to close it: drop it

            4 attempts: 1 closed, 1 works, 2 holes

            """,
            writer.ToString());
    }

    /// <summary>Programs read it: members are only ever added.</summary>
    [Fact]
    public async Task The_members_of_the_JSON_keep_their_names()
    {
        var settings = new DoctorSettings { Resolvers = [System.Net.IPEndPoint.Parse("127.0.0.1:9")], Timeout = TimeSpan.FromMilliseconds(100) };
        var workload = await Workload.LookAroundAsync(settings, null, static _ => null, default);
        using var writer = new StringWriter();

        DoctorJson.Print(workload, [new AttemptResult("ports", "192.0.2.7:22", Outcome.Hole("somebody answers", "drop it"))], writer);

        var report = JsonElement.Parse(writer.ToString());
        Assert.Superset(
            new HashSet<string> { "everyNameLeadsTo", "resolvers", "holes", "broken", "attempts" },
            report.EnumerateObject().Select(m => m.Name).ToHashSet());
        Assert.Equal(
            ["check: ports", "target: 192.0.2.7:22", "verdict: hole", "detail: somebody answers", "remedy: drop it"],
            report.GetProperty("attempts")[0].EnumerateObject().Select(m => $"{m.Name}: {m.Value}"));
    }
}
