using System.Security.Cryptography;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>
/// Says when a file changes. It is looked at once a second, because notifications of the system miss what happens in practice: they do not tell of files on
/// network and layered file systems or of mounts of a single file, each link on the way needs one of its own, and a machine has few of them
/// (fs.inotify.max_user_instances).
/// </summary>
internal sealed class FileWatch
{
    /// <summary>A file up to this size is read whole to see whether it changed; of a larger one size and times are looked at.</summary>
    private const long MaxReadBytes = 1024 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly TimeProvider _time;
    private byte[] _content = [];
    private string? _before;

    /// <summary>Looks at the file for the first time. What changes from here on is a change.</summary>
    /// <param name="path">The file. Links are followed, those of its folders too.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StartupException">It is no file, but a pipe, say.</exception>
    public FileWatch(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        try
        {
            _before = Look();
        }
        catch (NotSupportedException e)
        {
            throw new StartupException($"-watch needs a regular file, and {path} is none.", e);
        }
    }

    /// <summary>Tells of each change, until it is stopped.</summary>
    /// <param name="changed">Is told once the file has been the same for a second: one that is being written is no policy yet.</param>
    /// <param name="stop">Stops it.</param>
    public async Task RunAsync(Action changed, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Pause, _time);
        var isDirty = false;
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            var now = await Task.Run(LookAgain, stop).ConfigureAwait(false);
            if (now != _before)
            {
                isDirty = true; // Also when it becomes again what it was: somebody may have asked for a reload between.
            }
            else if (isDirty && now is not null)
            {
                // A file that is gone is being replaced, or will be missed at the next reload.
                isDirty = false;
                changed();
            }

            _before = now;
        }
    }

    /// <summary>A pipe in the place of the file is no policy either.</summary>
    private string? LookAgain()
    {
        try
        {
            return Look();
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>What tells the file's state from another; null when it cannot be read.</summary>
    /// <exception cref="NotSupportedException">It is no file.</exception>
    private string? Look()
    {
        try
        {
            using var file = File.OpenHandle(_path);
            var length = RandomAccess.GetLength(file);
            if (length > MaxReadBytes)
            {
                return $"{length} {File.GetLastWriteTimeUtc(file).Ticks} {File.GetCreationTimeUtc(file).Ticks}";
            }

            if (_content.Length < length)
            {
                _content = new byte[length];
            }

            var read = RandomAccess.Read(file, _content.AsSpan(0, (int)length), 0);
            return Convert.ToHexString(SHA256.HashData(_content.AsSpan(0, read)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
