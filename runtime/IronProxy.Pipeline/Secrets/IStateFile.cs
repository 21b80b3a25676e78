namespace IronProxy.Pipeline;

/// <summary>A file in which rotated refresh tokens outlive the process. Several entries may name it, and several processes.</summary>
public interface IStateFile
{
    /// <summary>Waits until nobody else uses the tokens in it, here or in another process, and reads them.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">It cannot be locked or read.</exception>
    Task<IStateLock> LockAsync(CancellationToken cancellation);
}
