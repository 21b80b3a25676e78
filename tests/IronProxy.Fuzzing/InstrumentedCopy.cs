using SharpFuzz;

namespace IronProxy.Fuzzing;

/// <summary>A copy of this program whose parsers tell which branches they pass. What is built is left as it is.</summary>
internal sealed class InstrumentedCopy : IDisposable
{
    private static readonly (string File, string Prefix)[] Instrumented =
    [
        ("IronProxy.Runtime.dll", "IronProxy.Runtime.Protocols."),
        ("IronProxy.Plan.dll", "IronProxy.Plan."),
        ("IronProxy.Fuzzing.Planted.dll", "IronProxy.Fuzzing.Planted."),
    ];

    /// <summary>SharpFuzz keeps the numbers that it has given to branches in one set for all, and guards it by nothing.</summary>
    private static readonly Lock Gate = new();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iron-fuzzing-");

    /// <summary>Copies what stands beside this assembly.</summary>
    public InstrumentedCopy()
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        }

        lock (Gate)
        {
            foreach (var (file, prefix) in Instrumented)
            {
                Instrument(file, prefix);
            }
        }
    }

    /// <summary>The program in it.</summary>
    public string Program => Path.Combine(_folder.FullName, "IronProxy.Fuzzing.dll");

    public void Dispose() => _folder.Delete(recursive: true);

    private void Instrument(string file, string prefix)
    {
        var types = Fuzzer.Instrument(
            Path.Combine(_folder.FullName, file),
            name => name.StartsWith(prefix, StringComparison.Ordinal),
            Options.Value);
        if (!types.Any())
        {
            throw new InvalidOperationException($"{file} has nothing that begins with {prefix}: what is fuzzed has moved.");
        }
    }
}
