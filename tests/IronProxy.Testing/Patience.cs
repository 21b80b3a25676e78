namespace IronProxy.Testing;

/// <summary>
/// How long tests wait for what must happen. Only a fault waits to the end, so these are far above what a slow and busy machine needs;
/// no test has seconds of its own. What must not take long is held against other work, as <see cref="ProcessorTime"/> does.
/// </summary>
public static class Patience
{
    /// <summary>For what a program that runs is to do next: an answer, a line, a record.</summary>
    public static readonly TimeSpan Event = TimeSpan.FromMinutes(1);

    /// <summary>For a program to become ready, or to do its work and end.</summary>
    public static readonly TimeSpan Program = TimeSpan.FromMinutes(5);

    /// <summary>For what downloads packages, builds images, or runs a program many times.</summary>
    public static readonly TimeSpan Build = TimeSpan.FromMinutes(30);

    /// <summary>Asks again and again until it is so.</summary>
    /// <returns>Whether it came to be so in the time of a program.</returns>
    public static async Task<bool> UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Program);
        while (!await isSo())
        {
            if (limit.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(200);
        }

        return true;
    }
}
