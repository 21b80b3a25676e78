namespace IronProxy.Runtime.Dns;

/// <summary>
/// A file of the system that others change while the proxy runs: DHCP clients, container runtimes, people. It is looked at again when it is
/// used, and not more often than every few seconds.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="read">Reads a file.</param>
/// <param name="parse">Makes something of its text.</param>
/// <param name="time">The clock.</param>
internal sealed class SystemFile<T>(string path, Func<string, string> read, Func<string, T> parse, TimeProvider time)
    where T : class
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private string? _text;
    private T? _content;
    private long _looked;

    public T Content
    {
        get
        {
            lock (_lock)
            {
                if (_content is null || time.GetElapsedTime(_looked) >= MaxAge)
                {
                    _looked = time.GetTimestamp();
                    var text = Read();
                    if (_content is null || !string.Equals(text, _text, StringComparison.Ordinal))
                    {
                        _content = parse(text);
                        _text = text;
                    }
                }

                return _content;
            }
        }
    }

    /// <summary>A file that is not there is empty. One that cannot be read at the moment, because it is being replaced, is what it was.</summary>
    private string Read()
    {
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return _text ?? "";
        }
    }
}
