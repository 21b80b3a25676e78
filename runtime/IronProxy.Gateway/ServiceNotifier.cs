using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>
/// Tells a service manager how the process is doing (sd_notify(3)): datagrams of lines to the socket that NOTIFY_SOCKET names, a path or a name in the abstract
/// namespace. Without that variable nobody is told.
/// </summary>
internal sealed class ServiceNotifier : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;
    private readonly TimeSpan? _watchdog;
    private readonly ITimer? _timer;
    private volatile bool _stopping;

    /// <param name="environment">The variables of the process.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StartupException">The variable names no socket.</exception>
    public ServiceNotifier(Func<string, string?> environment, TimeProvider time)
    {
        _manager = EndPointOf(environment("NOTIFY_SOCKET"));
        if (_manager is null)
        {
            return;
        }

        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        _watchdog = WatchdogOf(environment);
        if (_watchdog is { } pause)
        {
            // From a thread of the pool, which requests need as well: when it has none for so long, the process is not alive.
            _timer = time.CreateTimer(static notifier => ((ServiceNotifier)notifier!).Send("WATCHDOG=1"), this, Timeout.InfiniteTimeSpan, pause); // The state is this.
        }
    }

    /// <summary>Says that requests are accepted. From then on the manager wants to hear that the process is alive.</summary>
    public void Ready(string status)
    {
        SendWhileRunning($"READY=1\nSTATUS={status}");
        if (_watchdog is { } pause)
        {
            _timer?.Change(pause, pause);
        }
    }

    /// <summary>Says that the policy is read again; <see cref="Ready"/> follows.</summary>
    public void Reloading() => SendWhileRunning(string.Create(
        CultureInfo.InvariantCulture,
        $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}\nSTATUS=Reading the policy again")); // The stopwatch is CLOCK_MONOTONIC.

    /// <summary>Says that no more requests are accepted.</summary>
    public void Stopping()
    {
        _stopping = true;
        Send("STOPPING=1\nSTATUS=Finishing requests that are under way");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _timer?.Dispose();
        _socket?.Dispose();
    }

    /// <summary>A reload that is given up at the end makes nothing ready any more.</summary>
    private void SendWhileRunning(string lines)
    {
        if (!_stopping)
        {
            Send(lines);
        }
    }

    private void Send(string lines)
    {
        if (_socket is null || _manager is null)
        {
            return;
        }

        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(lines), _manager);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The manager is gone or does not read. It waits for what it was not told, and says so itself.
        }
    }

    private static UnixDomainSocketEndPoint? EndPointOf(string? name)
    {
        try
        {
            return name switch
            {
                ['/', _, ..] => new UnixDomainSocketEndPoint(name),
                ['@', _, ..] => new UnixDomainSocketEndPoint("\0" + name[1..]),
                _ => null, // Those of virtual machines (vsock:) are for their first process.
            };
        }
        catch (ArgumentException e)
        {
            throw new StartupException("NOTIFY_SOCKET is longer than the name of a socket can be.", e);
        }
    }

    /// <summary>Half of the time within which the manager wants to hear; null when it does not, or not from this process.</summary>
    private static TimeSpan? WatchdogOf(Func<string, string?> environment) =>
        long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 1
        && environment("WATCHDOG_PID") is var process && (string.IsNullOrEmpty(process) || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(microseconds / 2)
            : null;
}
