using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets;

/// <summary>A state file of a policy: checked before it starts, and locked, read and written while it runs.</summary>
internal sealed class LiveStateFile : IStateFile, ILiveStart
{
    /// <summary>How long the file system may take at the start.</summary>
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long others may have the file. They ask a token endpoint meanwhile; who waits needs time for that, too.</summary>
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(20);

    private readonly string _path;
    private readonly SourcePosition _at;
    private readonly IStateFiles? _files;
    private readonly Action<string, string> _failed;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private long _usedAt;
    private string? _readFailure;
    private string? _writeFailure;

    /// <summary>Prepares one. Nothing is read yet.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="at">Where it is written.</param>
    /// <param name="files">Reads and writes it; null ends the start.</param>
    /// <param name="failed">Is told of each attempt to write that failed, and why.</param>
    /// <param name="time">The clock.</param>
    public LiveStateFile(string path, SourcePosition at, IStateFiles? files, Action<string, string> failed, TimeProvider time)
    {
        _path = path;
        _at = at;
        _files = files;
        _failed = failed;
        _time = time;
        _usedAt = time.GetTimestamp();
    }

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_files is not { } files)
        {
            throw new StartupException($"The state file {_path} of line {_at.Line} cannot be used: this program keeps none.");
        }

        using var late = new CancellationTokenSource(CheckLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            await Task.Run(() => Check(files), either.Token).WaitAsync(either.Token).ConfigureAwait(false); // The file system may be slow.
        }
        catch (StateFileException e)
        {
            throw new StartupException($"The state file {_path} of line {_at.Line} {e.Message}.", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new StartupException($"The state file {_path} of line {_at.Line} was not read within {CheckLimit.TotalSeconds:0} s.", e);
        }
    }

    /// <inheritdoc />
    public SecretHealth HealthOf(string source)
    {
        lock (_gate)
        {
            return new SecretHealth($"state file of line {_at.Line}", source, _at.Line, _time.GetElapsedTime(_usedAt), _writeFailure ?? _readFailure, IsUsable: true);
        }
    }

    /// <inheritdoc />
    public async Task<IStateLock> LockAsync(CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(LockLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            var files = _files!; // No policy starts without.
            var held = await Task.Run(() => files.LockAsync(_path, either.Token), either.Token).ConfigureAwait(false);
            try
            {
                var tokens = await Task.Run(() => Read(files), CancellationToken.None).ConfigureAwait(false);
                Note(ref _readFailure, null);
                return new Held(this, files, held, tokens);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (StateFileException e)
        {
            Note(ref _readFailure, e.Message);
            throw new MintingFailedException($"the state file {_path} {e.Message}", e);
        }
        catch (OperationCanceledException e) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new MintingFailedException($"others use the state file {_path} for longer than {LockLimit.TotalSeconds:0} s", e);
        }
    }

    private void Check(IStateFiles files)
    {
        files.Check(_path);
        Read(files);
    }

    private KeptTokens Read(IStateFiles files) =>
        files.Read(_path) is not { } content ? KeptTokens.None
        : KeptTokens.TryParse(content) ?? throw new StateFileException("does not hold what iron-proxy writes there: name another file, or remove it if the tokens in the secret store are good");

    private async Task KeepAsync(IStateFiles files, KeptTokens tokens)
    {
        try
        {
            await Task.Run(() => files.Replace(_path, tokens.ToJson().Span)).ConfigureAwait(false);
            Note(ref _writeFailure, null);
        }
        catch (StateFileException e)
        {
            Note(ref _writeFailure, e.Message);
            _failed(_path, e.Message);
        }
    }

    private void Note(ref string? what, string? failure)
    {
        lock (_gate)
        {
            what = failure;
            _usedAt = failure is null ? _time.GetTimestamp() : _usedAt;
        }
    }

    private sealed class Held(LiveStateFile owner, IStateFiles files, IDisposable held, KeptTokens tokens) : IStateLock
    {
        public KeptTokens Tokens { get; } = tokens;

        public Task KeepAsync(KeptTokens next) => owner.KeepAsync(files, next);

        public void Dispose() => held.Dispose();
    }
}
