using System.Text.Json;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>The JSON lines that iron-proxy writes, for one reader that waits for certain ones.</summary>
internal sealed class ProxyLog
{
    private const int TailLines = 20;

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly HashSet<int> _taken = [];
    private TaskCompletionSource _changed = NewSignal();
    private bool _closed;

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public void Add(string line) => Change(() => _lines.Add(line));

    /// <summary>The process has ended: there will be no more lines.</summary>
    public void Close() => Change(() => _closed = true);

    /// <summary>The end of the log, for a complaint.</summary>
    public string Tail() => string.Join('\n', Lines.TakeLast(TailLines).Select(line => $"  {line}"));

    /// <summary>The first line that fits and was not taken before. Null when none comes in time.</summary>
    public async Task<JsonElement?> WaitForAsync(Func<JsonElement, bool> fits, TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (TakeFirst(fits) is { } found)
                    {
                        return found;
                    }

                    if (_closed)
                    {
                        return null;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private JsonElement? TakeFirst(Func<JsonElement, bool> fits)
    {
        for (var i = 0; i < _lines.Count; i++)
        {
            if (!_taken.Contains(i) && Parse(_lines[i]) is { } json && fits(json))
            {
                _taken.Add(i);
                return json;
            }
        }

        return null;
    }

    private static JsonElement? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // A line for people, such as a complaint of the .NET host.
            return null;
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            var signal = _changed;
            _changed = NewSignal();
            signal.SetResult();
        }
    }
}
