using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace IronProxy.Fuzzing;

/// <summary>
/// What instrumented code counts while it runs: how often each pair of branches was passed one after the other. As in AFL, counts are told apart by
/// their order of magnitude alone. There is one for the process.
/// </summary>
internal sealed unsafe class CoverageMap
{
    private const int Size = 1 << 16;

    private static readonly byte[] Magnitudes = [.. Enumerable.Range(0, 256).Select(Magnitude)];

    private readonly byte* _counts = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    /// <summary>Instrumented code writes to it from now on; none may have run before.</summary>
    public CoverageMap() => Trace.SharedMem = _counts;

    /// <summary>How many pairs of branches were passed at all.</summary>
    public int Edges { get; private set; }

    private Span<byte> Counts => new(_counts, Size);

    public void Reset()
    {
        Counts.Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds what was counted since the reset.</summary>
    /// <returns>Whether there was something new in it.</returns>
    public bool Add()
    {
        var isNew = false;
        var words = MemoryMarshal.Cast<byte, ulong>(Counts);
        for (var at = words.IndexOfAnyExcept(0UL); at >= 0;)
        {
            for (var i = at * sizeof(ulong); i < (at + 1) * sizeof(ulong); i++)
            {
                var magnitude = Magnitudes[_counts[i]];
                if ((magnitude & ~_seen[i]) != 0)
                {
                    Edges += _seen[i] == 0 ? 1 : 0;
                    _seen[i] |= magnitude;
                    isNew = true;
                }
            }

            var next = words[(at + 1)..].IndexOfAnyExcept(0UL);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return isNew;
    }

    /// <summary>The pairs that were passed since the reset.</summary>
    public HashSet<int> Passed()
    {
        var passed = new HashSet<int>();
        for (var i = 0; i < Size; i++)
        {
            if (_counts[i] != 0)
            {
                passed.Add(i);
            }
        }

        return passed;
    }

    private static byte Magnitude(int count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
