using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace IronProxy.Fuzzing;

/// <summary>
/// The input that is being parsed, in a file that outlives the process: what ends a process tells no more. One that takes too long ends it
/// from here.
/// </summary>
internal sealed class CurrentInput : IDisposable
{
    /// <summary>Exit code of a process whose input took too long.</summary>
    public const int TimedOut = 3;

    private const int LengthSize = sizeof(int);
    private const int MaxLength = 1 << 20;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Timer _watch;
    private readonly long _limit;
    private long _begun;

    public CurrentInput(string path, TimeSpan limit)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, LengthSize + MaxLength);
        _view = _file.CreateViewAccessor();
        _limit = (long)(limit.TotalSeconds * Stopwatch.Frequency);
        _watch = new Timer(_ => Watch(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public Turn Begin(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(LengthSize, input, 0, input.Length);
        Interlocked.Exchange(ref _begun, Stopwatch.GetTimestamp());
        return new Turn(this);
    }

    /// <summary>The input that a process which has ended was at.</summary>
    public static byte[] Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes[LengthSize..(LengthSize + BitConverter.ToInt32(bytes))];
    }

    public void Dispose()
    {
        _watch.Dispose();
        _view.Dispose();
        _file.Dispose();
    }

    private void Watch()
    {
        if (Interlocked.Read(ref _begun) is > 0 and var begun && Stopwatch.GetTimestamp() - begun > _limit)
        {
            _view.Flush();
            Environment.Exit(TimedOut);
        }
    }

    /// <summary>Until its disposal an input is being parsed.</summary>
    internal readonly ref struct Turn(CurrentInput current)
    {
        public void Dispose() => Interlocked.Exchange(ref current._begun, 0);
    }
}
