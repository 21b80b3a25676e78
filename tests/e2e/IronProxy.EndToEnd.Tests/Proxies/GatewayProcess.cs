using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>A real iron-proxy process that has said that it is ready. Every audit line that it writes is held against the schema.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<JsonElement> _records = [];
    private readonly List<string> _schemaErrors = [];
    private readonly Task _reading;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;
    private int _fences;

    private GatewayProcess(Process process)
    {
        _process = process;
        _reading = Task.Run(ReadAsync);
    }

    public IReadOnlyDictionary<string, IPEndPoint> Listeners { get; private set; } = new Dictionary<string, IPEndPoint>();

    public int Id => _process.Id;

    /// <summary>All that came over standard error so far.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>The audit records so far, without those of fences.</summary>
    public IReadOnlyList<JsonElement> Records
    {
        get
        {
            lock (_gate)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>Compiles a policy and starts a proxy with it.</summary>
    public static Task<GatewayProcess> StartAsync(ProxyFolder folder, string yaml, params IEnumerable<(string Name, string Value)> environment) =>
        StartWithAsync(folder, ["-plan", folder.Compile(yaml)], environment);

    /// <summary>Starts a proxy that compiles its policy itself.</summary>
    public static Task<GatewayProcess> StartFromConfigAsync(ProxyFolder folder, string yaml) =>
        StartWithAsync(folder, ["-config", folder.Write("proxy.yaml", yaml)], []);

    /// <summary>Starts a proxy through a command line that changes users or namespaces first.</summary>
    public static Task<GatewayProcess> StartAsAsync(ProxyFolder folder, IReadOnlyList<string> command, params IEnumerable<(string Name, string Value)> environment) =>
        WaitAsync(ProxyLauncher.StartCommand(folder, command, environment));

    /// <summary>Starts a proxy with a command line.</summary>
    public static Task<GatewayProcess> StartWithAsync(ProxyFolder folder, string[] arguments, IEnumerable<(string Name, string Value)> environment) =>
        WaitAsync(ProxyLauncher.Start(folder, arguments, environment));

    private static async Task<GatewayProcess> WaitAsync(Process process)
    {
        var proxy = new GatewayProcess(process);
        try
        {
            await proxy.WaitForReadyAsync();
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>A mark in the records, set when nothing that was sent before is still to come.</summary>
    public async Task<int> MarkAsync()
    {
        await FenceAsync();
        return Records.Count;
    }

    /// <summary>Waits until a number of records has come since a mark, then makes sure that no more follow.</summary>
    /// <returns>
    /// The records since the mark, in the order in which the requests came; fewer or more than expected when that is what came. They are written when
    /// requests end, and of two connections the one that ended first may be the second to say so.
    /// </returns>
    public async Task<IReadOnlyList<JsonElement>> RecordsSinceAsync(int mark, int expected)
    {
        await WaitUntilAsync(() => _records.Count >= mark + expected, Patience.Event);
        await FenceAsync();
        return [.. Records.Skip(mark).OrderBy(StartOf)];
    }

    private static DateTimeOffset StartOf(JsonElement record) =>
        record.GetProperty("time").GetDateTimeOffset() - TimeSpan.FromMilliseconds(record.GetProperty("audit").GetProperty("duration_ms").GetDouble());

    /// <summary>Sends a request of its own and waits for its record: what was under way before it has been recorded, too.</summary>
    public async Task FenceAsync()
    {
        var path = $"/fence-{Interlocked.Increment(ref _fences)}";
        using var client = new TcpClient();
        await client.ConnectAsync(Listeners["http"]);

        // Refused for two reasons, so that it stays without effect when one check is off.
        var request = $"fence {path} HTTP/1.1\r\nHost: -\r\nConnection: close\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var seen = await WaitUntilAsync(() => _lines.Any(l => l.Contains($"\"{path}\"", StringComparison.Ordinal)), Patience.Event);
        Assert.True(seen, "The proxy stopped recording.");
    }

    /// <summary>Waits for a line of standard error.</summary>
    public Task<bool> WaitForLineAsync(string part) =>
        WaitUntilAsync(() => _lines.Any(l => l.Contains(part, StringComparison.Ordinal)), Patience.Event);

    /// <summary>Sends the process a signal.</summary>
    public Task SignalAsync(string signal) => ProxyLauncher.SignalAsync(_process, signal);

    /// <summary>Asks the process to end, as an init system does.</summary>
    /// <returns>Its exit status.</returns>
    public async Task<int> TerminateAsync()
    {
        await ProxyLauncher.SignalAsync(_process, "TERM");
        using var limit = new CancellationTokenSource(Patience.Program);
        await _process.WaitForExitAsync(limit.Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        Assert.Empty(_schemaErrors);
    }

    private async Task WaitForReadyAsync()
    {
        await WaitUntilAsync(() => _ended || _lines.Any(IsReady), Patience.Program);
        string? ready;
        lock (_gate)
        {
            ready = _lines.FirstOrDefault(IsReady);
        }

        Assert.True(ready is not null, $"iron-proxy did not become ready:\n{Output}");
        using var json = JsonDocument.Parse(ready);
        Listeners = json.RootElement.GetProperty("listeners").EnumerateObject()
            .ToDictionary(p => p.Name, p => IPEndPoint.Parse(p.Value.GetString()!));

        static bool IsReady(string line) => line.Contains("\"msg\":\"ready\"", StringComparison.Ordinal);
    }

    private async Task<bool> WaitUntilAsync(Func<bool> condition, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (condition())
                {
                    return true;
                }

                if (_ended)
                {
                    return false;
                }

                more = _more.Task;
            }

            try
            {
                await more.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            Add(line);
        }

        lock (_gate)
        {
            _ended = true;
            _more.TrySetResult();
        }
    }

    private void Add(string line)
    {
        var record = AuditLine.TryRead(line);
        var errors = record is null ? [] : AuditLine.Validate(line);
        lock (_gate)
        {
            _lines.Add(line);
            _schemaErrors.AddRange(errors);
            if (record is { } audit && !audit.GetProperty("audit").GetProperty("path").GetString()!.StartsWith("/fence-", StringComparison.Ordinal))
            {
                _records.Add(audit);
            }

            _more.TrySetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
