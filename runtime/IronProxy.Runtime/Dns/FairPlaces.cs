using System.Net;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// A bounded number of places for what is under way, shared so that no client can take them all: each may hold as many as are free. Alone
/// a client gets half of them, two get a third each, and a further one always finds as many as the greediest holds (dynamic thresholds:
/// Choudhury and Hahne, 1998).
/// </summary>
/// <param name="count">How many there are.</param>
internal sealed class FairPlaces(int count)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _held = [];
    private int _taken;
    private TaskCompletionSource? _empty;

    /// <summary>Takes a place.</summary>
    /// <returns>False when the client holds its share.</returns>
    public bool TryTake(IPAddress client)
    {
        lock (_lock)
        {
            var held = _held.GetValueOrDefault(client);
            if (held >= count - _taken)
            {
                return false;
            }

            _held[client] = held + 1;
            _taken++;
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Return(IPAddress client)
    {
        lock (_lock)
        {
            if (_held[client] == 1)
            {
                _held.Remove(client);
            }
            else
            {
                _held[client]--;
            }

            _taken--;
            if (_taken == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }

    /// <summary>Waits until all places are free.</summary>
    public Task WaitUntilEmptyAsync()
    {
        lock (_lock)
        {
            if (_taken == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }
}
