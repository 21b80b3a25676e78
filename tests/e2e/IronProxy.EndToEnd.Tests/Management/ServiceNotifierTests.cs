using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>What a service manager hears, on a socket such as systemd's.</summary>
public sealed class ServiceNotifierTests : IDisposable
{
    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public void Dispose()
    {
        _manager.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_hears_of_the_start_of_reloads_and_of_the_end(bool isAbstract)
    {
        var name = isAbstract ? $"@iron-proxy-tests-{Environment.ProcessId}" : _folder.File("notify");
        _manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        await using var proxy = await GatewayProcess.StartAsync(_folder, ManagedProxy.Policy("api"), [.. ManagedProxy.Environment, ("NOTIFY_SOCKET", name)]);
        var ready = await HearAsync("READY=1");
        Assert.StartsWith("STATUS=Runs sha256:", ready[1], StringComparison.Ordinal);

        var before = Microseconds();
        await proxy.SignalAsync("HUP");
        var reloading = await HearAsync("RELOADING=1");
        Assert.StartsWith("MONOTONIC_USEC=", reloading[1], StringComparison.Ordinal);
        Assert.InRange(long.Parse(reloading[1].AsSpan("MONOTONIC_USEC=".Length), CultureInfo.InvariantCulture), before, Microseconds());
        Assert.Equal(ready, await HearAsync("READY=1"));

        _folder.Write("proxy.plan.json", "{");
        await proxy.SignalAsync("HUP");
        await HearAsync("RELOADING=1");
        Assert.Equal($"{ready[1]}; the last reload was refused: policy_refused", (await HearAsync("READY=1"))[1]);

        Assert.Equal(0, await proxy.TerminateAsync());
        await HearAsync("STOPPING=1");
        Assert.Equal(0, _manager.Available); // No sign of life was asked for.
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("own", true)]
    [InlineData("1", false)]
    public async Task It_hears_that_the_process_is_alive_when_it_asks_this_one(string? process, bool asked)
    {
        var name = _folder.File("notify");
        _manager.Bind(new UnixDomainSocketEndPoint(name));
        var plan = _folder.Compile(ManagedProxy.Policy("api"));
        var pid = process switch
        {
            null => "unset WATCHDOG_PID",
            "own" => "export WATCHDOG_PID=$$",
            _ => $"export WATCHDOG_PID={process}",
        };
        await using var proxy = await GatewayProcess.StartAsAsync(
            _folder,
            ["sh", "-c", $"{pid}; exec \"$@\"", "sh", ProxyBinaries.IronProxy, "-plan", plan],
            [.. ManagedProxy.Environment, ("NOTIFY_SOCKET", name), ("WATCHDOG_USEC", "200000")]);
        await HearAsync("READY=1");
        if (asked)
        {
            for (var i = 0; i < 3; i++)
            {
                await HearAsync("WATCHDOG=1");
            }
        }
        else
        {
            await proxy.TerminateAsync();
            await HearAsync("STOPPING=1"); // Nothing came between.
        }
    }

    /// <summary>The next datagram, which must be of that kind.</summary>
    private async Task<string[]> HearAsync(string first)
    {
        var lines = await ReceiveAsync();
        Assert.Equal(first, lines[0]);
        return lines;
    }

    private async Task<string[]> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        var buffer = new byte[4096];
        var read = await _manager.ReceiveAsync(buffer, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, read).Split('\n');
    }

    private static long Microseconds() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
}
