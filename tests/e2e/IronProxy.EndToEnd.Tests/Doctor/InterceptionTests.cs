using System.Net;
using System.Net.Sockets;
using IronProxy.Testing;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>
/// Connections that open and of which nothing is heard: whether that is the proxy or a server outside, an address that nobody
/// has must tell.
/// </summary>
public sealed class InterceptionTests
{
    private const string Probe = "198.51.100.10";
    private const string User = "61234";

    private enum Manner
    {
        Closes,
        Alerts,
        StaysSilent,
    }

    [SkippableFact]
    public async Task Who_closes_every_connection_stands_on_the_way() =>
        Assert.Equal("closed", (await ExamineAsync("", Manner.Closes)).Verdict);

    /// <summary>As iron-proxy does under <c>tls.mode: sni-only</c>.</summary>
    [SkippableFact]
    public async Task Who_answers_every_connection_with_a_TLS_alert_stands_on_the_way() =>
        Assert.Equal("closed", (await ExamineAsync("", Manner.Alerts)).Verdict);

    [SkippableFact]
    public async Task Who_answers_at_one_address_alone_with_a_TLS_alert_is_outside() =>
        Assert.Equal("hole", (await ExamineAsync($"ip daddr {Probe}", Manner.Alerts)).Verdict);

    [SkippableFact]
    public async Task Who_closes_connections_to_one_address_alone_is_outside() =>
        Assert.Equal("hole", (await ExamineAsync($"ip daddr {Probe}", Manner.Closes)).Verdict);

    [SkippableFact]
    public async Task Who_is_silent_on_every_connection_is_a_proxy_that_does_not_work() =>
        Assert.Equal("broken", (await ExamineAsync("", Manner.StaysSilent)).Verdict);

    [SkippableFact]
    public async Task Who_is_silent_at_one_address_alone_is_outside() =>
        Assert.Equal("hole", (await ExamineAsync($"ip daddr {Probe}", Manner.StaysSilent)).Verdict);

    [SkippableFact]
    public async Task An_address_that_refuses_alone_is_worth_a_note()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        await using var network = await NetworkAsync($"ip daddr {Probe} tcp dport 8443 reject with tcp reset\ntcp dport 8443 drop");

        Assert.Equal("note", await VerdictAsync(network, 8443));
    }

    [SkippableFact]
    public async Task A_firewall_that_refuses_everything_is_closed()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        await using var network = await NetworkAsync("tcp dport 8443 reject with tcp reset");

        Assert.Equal("closed", await VerdictAsync(network, 8443));
    }

    [SkippableFact]
    public async Task A_wall_that_answers_nothing_is_closed_and_judged_in_time()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        await using var network = await NetworkAsync("drop");
        var start = TimeProvider.System.GetTimestamp();

        var report = await DoctorProcess.RunAsync(network.CommandOf(User, DoctorProcess.Program("ironc"), "doctor", "--json", "--resolver", "198.51.100.3"));

        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, Patience.Event);
        Assert.True(report.ExitCode == 0, report.ToString());
    }

    private static async Task<DoctorReport.Line> ExamineAsync(string which, Manner manner)
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        await using var network = await NetworkAsync("");
        await network.ApplyRulesAsync($$"""
            table inet way {
              chain out {
                type nat hook output priority -100;
                {{which}} tcp dport 443 redirect to :9999
              }
            }
            """);
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 9999));
        using var stopping = new CancellationTokenSource();
        var serving = ServeAsync(listener, manner, stopping.Token);
        var line = Assert.Single((await ReportAsync(network, 443)).Lines, l => l.Check == "tcp");
        await stopping.CancelAsync();
        await serving;
        return line;
    }

    private static async Task<NetworkNamespace> NetworkAsync(string rules)
    {
        var network = await NetworkNamespace.CreateAsync("way");
        try
        {
            // A route is all that is needed: packets are taken on their way out.
            await network.IpAsync("link add eth0 type veth peer name far");
            await network.AddAddressAsync("198.51.100.2/24", "eth0");
            await network.IpAsync("link set eth0 up");
            await network.IpAsync("link set far up");
            await network.AddDefaultRouteAsync("198.51.100.1");
            await network.ApplyRulesAsync($$"""
                table inet guard {
                  chain out {
                    type filter hook output priority 0;
                    {{rules}}
                  }
                }
                """);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> VerdictAsync(NetworkNamespace network, int port) =>
        Assert.Single((await ReportAsync(network, port)).Lines, l => l.Target == $"{Probe}:{port}").Verdict;

    private static Task<DoctorReport> ReportAsync(NetworkNamespace network, int port) => DoctorProcess.RunAsync(
        network.CommandOf(User, DoctorProcess.Program("ironc"), "doctor", "--json", "--timeout", "0.5", "--resolver", "198.51.100.3", "--probe", $"{Probe}:{port}"));

    private static async Task ServeAsync(Socket listener, Manner manner, CancellationToken stopping)
    {
        var open = new List<Socket>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(stopping);
                open.Add(client);
                if (manner == Manner.Alerts)
                {
                    // What was asked is read, or the end would be a reset that takes the alert with it.
                    await client.ReceiveAsync(new byte[4096], stopping);
                    await client.SendAsync((byte[])[0x15, 3, 3, 0, 2, 2, 49], stopping);
                }

                if (manner != Manner.StaysSilent)
                {
                    client.Shutdown(SocketShutdown.Both);
                    client.Close();
                }
            }
        }
        catch (OperationCanceledException)
        {
            open.ForEach(c => c.Dispose());
        }
    }
}
