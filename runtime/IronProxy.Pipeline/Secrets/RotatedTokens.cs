using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace IronProxy.Pipeline;

/// <summary>
/// Refresh tokens that servers have put in the place of those in the secret store (RFC 6749, 6). They outlive policies: the one in the store may be worth
/// nothing any more. One that is written into the store anew is another token, and is used as it is. With a file they outlive the process as well.
/// </summary>
public sealed class RotatedTokens
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>Waits until nobody else uses a token, which may be good for one use alone.</summary>
    /// <param name="endpoint">Where it is used.</param>
    /// <param name="stored">The one in the store.</param>
    /// <param name="file">Where it outlives the process; null keeps it in memory alone.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">The file cannot be used.</exception>
    public async Task<Use> UseAsync(string endpoint, SecretValue stored, IStateFile? file, CancellationToken cancellation)
    {
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint}\n{stored.Reveal()}")));
        var slot = _slots.GetOrAdd(key, static _ => new Slot());
        await slot.Free.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var held = file is null ? null : await file.LockAsync(cancellation).ConfigureAwait(false);
            return new Use(key, slot, held, stored);
        }
        catch
        {
            slot.Free.Release();
            throw;
        }
    }

    /// <summary>The use of a token by one. It ends with its disposal.</summary>
    public sealed class Use : IAsyncDisposable
    {
        private readonly string _key;
        private readonly Slot _slot;
        private readonly IStateLock? _file;
        private readonly SecretValue _stored;

        internal Use(string key, Slot slot, IStateLock? file, SecretValue stored)
        {
            _key = key;
            _slot = slot;
            _file = file;
            _stored = stored;

            // Memory is ahead where writing failed, or where somebody has put an older file back; the file where another process used the token since.
            if (file?.Tokens.Find(key) is { } kept && kept.Rotation >= RotationOf(slot.Current))
            {
                slot.Current = kept;
            }
        }

        /// <summary>The token to use.</summary>
        public SecretValue Current => _slot.Current?.Value ?? _stored;

        /// <summary>Puts another in its place.</summary>
        public void Replace(SecretValue next) => _slot.Current = new KeptToken(next, RotationOf(_slot.Current) + 1);

        /// <summary>Writes what the file does not have, also from earlier uses, before anybody else may use it.</summary>
        public async ValueTask DisposeAsync()
        {
            try
            {
                if (_file is not null && _slot.Current is { } current && current.Rotation > RotationOf(_file.Tokens.Find(_key)))
                {
                    await _file.KeepAsync(_file.Tokens.With(_key, current)).ConfigureAwait(false);
                }
            }
            finally
            {
                _file?.Dispose();
                _slot.Free.Release();
            }
        }

        private static long RotationOf(KeptToken? token) => token?.Rotation ?? 0;
    }

    internal sealed class Slot
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        public KeptToken? Current { get; set; }
    }
}
