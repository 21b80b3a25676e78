using IronProxy.Runtime.Requests;

namespace IronProxy.Runtime.Upstream;

/// <summary>Sends a request's body while its response is awaited, and beyond: an upstream may answer before it has read all.</summary>
internal sealed class RequestUpload : IDisposable
{
    /// <summary>
    /// How long the upstream may take to say 100 before the body is sent all the same (RFC 9110, 10.1.1): many never say it, and
    /// their clients wait.
    /// </summary>
    private static readonly TimeSpan ContinueLimit = TimeSpan.FromSeconds(2);

    /// <summary>An answer to the whole request can be read before the end of the upload has been noticed here.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(50);

    private readonly Http1Connection _connection;
    private readonly ProxiedRequest _context;
    private readonly ResponseDeadline _deadline;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource<bool>? _continue;
    private readonly Task _task;

    /// <summary>Starts to send.</summary>
    /// <param name="connection">Where to. The head was sent.</param>
    /// <param name="context">The request.</param>
    /// <param name="expectsContinue">Whether the upstream is to say first that it wants the body.</param>
    /// <param name="deadline">The response's deadline.</param>
    public RequestUpload(Http1Connection connection, ProxiedRequest context, bool expectsContinue, ResponseDeadline deadline)
    {
        _connection = connection;
        _context = context;
        _deadline = deadline;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        _continue = expectsContinue ? new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        _task = RunAsync();
    }

    /// <summary>Whether the whole body was sent.</summary>
    public bool IsSent { get; private set; }

    /// <summary>The upstream wants the body.</summary>
    public void Continue() => _continue?.TrySetResult(true);

    /// <summary>The response is there. A body that was not asked for by then is not sent.</summary>
    public async ValueTask AnsweredAsync()
    {
        _continue?.TrySetResult(false);
        if (!_task.IsCompleted)
        {
            await Task.WhenAny(_task, Task.Delay(Grace)).ConfigureAwait(false);
        }
    }

    /// <summary>Sends no more, and returns when the client's body is no longer read.</summary>
    public async ValueTask StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        try
        {
            if (_continue is not null && !await IsWantedAsync(_continue.Task).ConfigureAwait(false))
            {
                return;
            }

            await SendAsync().ConfigureAwait(false);
            IsSent = true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // A body that the client did not complete must not look complete. An upstream that takes no more may have answered.
            if (_context.Body.Fault is not null || _context.Aborted.IsCancellationRequested)
            {
                _connection.Close();
            }
        }
        catch
        {
            _connection.Close();
            throw;
        }
        finally
        {
            _deadline.Start();
        }
    }

    private async ValueTask<bool> IsWantedAsync(Task<bool> answer)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        late.CancelAfter(ContinueLimit);
        try
        {
            return await answer.WaitAsync(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return true;
        }
    }

    private async ValueTask SendAsync()
    {
        var body = _context.Body;
        var output = new TimedUploadStream(_connection.Output, _deadline);
        if (body.Length is not null)
        {
            await body.CopyToAsync(output, _stop.Token).ConfigureAwait(false);
            return;
        }

        var chunks = new ChunkedUploadStream(output);
        await body.CopyToAsync(chunks, _stop.Token).ConfigureAwait(false);
        await chunks.CompleteAsync(_stop.Token).ConfigureAwait(false);
    }
}
