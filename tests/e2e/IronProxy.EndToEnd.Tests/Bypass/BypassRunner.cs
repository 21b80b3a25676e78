using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>Runs one case and holds everything that can be seen of it against its file.</summary>
internal static class BypassRunner
{
    /// <exception cref="BypassFailure">Something did not come out as the file says.</exception>
    public static async Task RunAsync(BypassWorld world, BypassCase @case)
    {
        var proxy = await world.ProxyAsync(@case.Policy);
        var mark = await proxy.MarkAsync();
        world.Clear();
        var asked = world.Resolver.Received.Count;

        if (@case.Listener == "dns")
        {
            await AskAsync(proxy, @case);
        }
        else
        {
            await using var client = await BypassClient.ConnectAsync(proxy.Listeners[@case.Listener], world.Folder, t => world.Expand(t, proxy));
            foreach (var step in @case.Send)
            {
                await client.SendAsync(step);
            }

            await client.ExpectAsync(@case.Expect);
        }

        var records = await proxy.RecordsSinceAsync(mark, @case.Audit.Length);
        CheckRecords(@case, records, t => world.Expand(t, proxy));
        CheckUpstream(@case, world.Received, t => world.Expand(t, proxy));
        if (@case.Resolver is { } names)
        {
            var seen = world.Resolver.Received.Skip(asked).Select(q => q.Name).Distinct().ToArray();
            BypassFailure.Unless(seen.SequenceEqual(names), $"the resolver was asked for {string.Join(", ", seen)}");
        }
    }

    private static async Task AskAsync(GatewayProcess proxy, BypassCase @case)
    {
        var step = @case.Send.Single();
        var message = step.Kind == "hex"
            ? Convert.FromHexString(step.Text.Replace(" ", "", StringComparison.Ordinal))
            : DnsAsker.Question(step.Option("name") ?? "", step.Option("type") ?? "A");
        var answer = await DnsAsker.AskAsync(proxy.Listeners["dns"], message, step.Option("over") == "tcp", Patience.Event);
        BypassFailure.Unless(answer is not null, "the DNS server is silent");
        var (rcode, answers) = answer!.Value; // Just checked.
        BypassFailure.Unless(rcode == @case.Expect.Rcode, $"the response code is {rcode} instead of {@case.Expect.Rcode}");
        BypassFailure.Unless(
            @case.Expect.Answers is { } expected && answers.SequenceEqual(expected),
            $"the answers are [{string.Join(", ", answers)}]");
    }

    private static void CheckRecords(BypassCase @case, IReadOnlyList<JsonElement> records, Func<string, string> expand)
    {
        BypassFailure.Unless(
            records.Count == @case.Audit.Length,
            $"there are {records.Count} audit records instead of {@case.Audit.Length}: {string.Join('\n', records)}");
        for (var i = 0; i < records.Count; i++)
        {
            foreach (var (member, value) in @case.Audit[i])
            {
                if (member is "has" or "has_not")
                {
                    BypassFailure.Unless(records[i].GetRawText().Contains(value, StringComparison.Ordinal) == (member == "has"), $"record {i + 1} {member.Replace('_', ' ')} '{value}' is wrong of {records[i]}");
                    continue;
                }

                var got = Member(records[i], member);
                BypassFailure.Unless(got == expand(value), $"record {i + 1} has {member} '{got}' instead of '{expand(value)}': {records[i]}");
            }
        }
    }

    private static string Member(JsonElement record, string name)
    {
        var audit = record.GetProperty("audit");
        return audit.TryGetProperty(name, out var value) || record.TryGetProperty(name, out value) ? value.ToString() : "absent";
    }

    private static void CheckUpstream(BypassCase @case, string received, Func<string, string> expand)
    {
        if (@case.Upstream is not { } expected)
        {
            BypassFailure.Unless(received.Length == 0, $"the upstream has seen {received.ReplaceLineEndings("|")}");
            return;
        }

        var shown = received.Length > 2000 ? received[..2000] : received;
        BypassFailure.Unless(
            expected.Line is null || received.StartsWith(expand(expected.Line) + "\r\n", StringComparison.Ordinal),
            $"the upstream has seen {shown}");
        foreach (var text in expected.Has)
        {
            BypassFailure.Unless(received.Contains(expand(text), StringComparison.Ordinal), $"the upstream has not seen '{expand(text)}' in {shown}");
        }

        foreach (var text in expected.HasNot)
        {
            BypassFailure.Unless(!received.Contains(expand(text), StringComparison.OrdinalIgnoreCase), $"the upstream has seen '{expand(text)}' in {shown}");
        }

        if (expected.Body is { } body)
        {
            var end = received.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            BypassFailure.Unless(end >= 0 && received[(end + 4)..] == body, $"the upstream has got another body: {shown}");
        }
    }
}
