using System.Text;
using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Tests.AuditLogs;

public class AuditLogReaderTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(null)]
    public void Progress_is_shown_on_a_terminal_only(int? width)
    {
        using var error = new StringWriter { NewLine = "\n" };
        var line = Encoding.UTF8.GetBytes(Lines.Allowed("GET https://a.test/"));
        var bytes = new byte[line.Length * 120_000];
        for (var i = 0; i < bytes.Length; i += line.Length)
        {
            line.CopyTo(bytes, i);
        }

        var tally = new AuditLogReader(new CliConsole { Out = TextWriter.Null, Error = error, OpenInput = () => new MemoryStream(bytes), ErrorWidth = width })
            .Read(["-"], out var allRead);

        Assert.True(allRead);
        Assert.Equal(120_000, Assert.Single(tally.Counts).Value);
        Assert.Equal(width is null ? "" : "\r50000 lines\r100000 lines\r\e[K", error.ToString());
    }

    [Fact]
    public async Task Whatever_a_log_says_replay_and_learn_answer()
    {
        string[] odd = ["", "/", "//", "*", "a b", "..", "%", "%2f", "xn--a", "::1", "[::1]", "1.2.3.4", "256.1.1.1", "a.test", "\0", "\n", "é", "\"", "#", "A*B", "CONNECT", new string('a', 300)];
        var random = new Random(11);
        using var folder = new TemporaryFolder();
        var policy = folder.Write("proxy.yaml", Policies.Good);
        for (var round = 0; round < 30; round++)
        {
            var log = new StringBuilder(Lines.Warned("GET https://good.test/"));
            for (var i = 0; i < 40; i++)
            {
                var json = System.Text.Json.Nodes.JsonNode.Parse(random.Next(2) == 0 ? Lines.Warned("GET https://b.test/x") : Lines.Tunnel("b.test:443", rule: random.Next(2) == 0))!;
                foreach (var member in random.GetItems(["host", "method", "path", "reason", "scheme", "mode"], 2))
                {
                    json["audit"]![member] = odd[random.Next(odd.Length)]; // Every line has one.
                }

                json["audit"]!["port"] = random.Next(-1, 70_000);
                json["audit"]!["action"] = random.GetItems(["allow", "reject"], 1)[0];
                log.Append(json.ToJsonString()).Append('\n');
            }

            var replayed = await CliRun.Of(["replay", "-", "--against", policy], log.ToString());
            var learned = await CliRun.Of(["learn", "-"], log.ToString());

            Assert.True(replayed.Exit is 0 or 1 && learned.Exit is 0 or 1, $"{log}{replayed}{learned}");
            var validated = await CliRun.Of(["validate", "-"], learned.Out);
            Assert.True(validated.Exit == 0, $"{learned}{validated}");
        }
    }
}
