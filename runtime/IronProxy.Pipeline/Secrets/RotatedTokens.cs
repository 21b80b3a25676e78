using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace IronProxy.Pipeline;

/// <summary>
/// Refresh tokens that servers have put in the place of those in the secret store (RFC 6749, 6). They outlive policies: the one in the store may be worth
/// nothing any more. One that is written into the store anew is another token, and is used as it is.
/// </summary>
public sealed class RotatedTokens
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>Waits until nobody else uses a token, which may be good for one use alone.</summary>
    /// <param name="endpoint">Where it is used.</param>
    /// <param name="stored">The one in the store.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Use> UseAsync(string endpoint, SecretValue stored, CancellationToken cancellation)
    {
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint}\n{stored.Reveal()}")));
        var slot = _slots.GetOrAdd(key, static _ => new Slot());
        await slot.Free.WaitAsync(cancellation).ConfigureAwait(false);
        return new Use(slot, slot.Current ?? stored);
    }

    /// <summary>The use of a token by one. It ends with its disposal.</summary>
    public readonly struct Use : IDisposable
    {
        private readonly Slot _slot;

        internal Use(Slot slot, SecretValue current)
        {
            _slot = slot;
            Current = current;
        }

        /// <summary>The token to use.</summary>
        public SecretValue Current { get; }

        /// <summary>Puts another in its place.</summary>
        public void Replace(SecretValue next) => _slot.Current = next;

        /// <inheritdoc />
        public void Dispose() => _slot.Free.Release();
    }

    internal sealed class Slot
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        public SecretValue? Current { get; set; }
    }
}
