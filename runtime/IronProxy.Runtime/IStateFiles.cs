namespace IronProxy.Runtime;

/// <summary>Files that the proxy writes and that outlive it, for nobody else to read. The executable hands it in.</summary>
public interface IStateFiles
{
    /// <summary>Checks that a file can be read, if it is there, and replaced. Nothing of it is changed.</summary>
    /// <exception cref="StateFileException">It cannot.</exception>
    void Check(string path);

    /// <summary>Waits until nobody else has locked the file, in this process or another.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The lock, which ends with its disposal.</returns>
    /// <exception cref="StateFileException">It cannot be locked.</exception>
    Task<IDisposable> LockAsync(string path, CancellationToken cancellation);

    /// <summary>Reads all of it.</summary>
    /// <returns>Null when it is not there.</returns>
    /// <exception cref="StateFileException">It cannot be read, or others could.</exception>
    byte[]? Read(string path);

    /// <summary>Puts a content in the place of what is there, as a whole. It is on the disk when this returns.</summary>
    /// <exception cref="StateFileException">It cannot be written. What was there is there still.</exception>
    void Replace(string path, ReadOnlySpan<byte> content);
}
