using System.Security.Cryptography;

namespace IronProxy.Fuzzing;

/// <summary>A folder with inputs, each in a file that is named after what is in it.</summary>
internal sealed class CorpusFolder(string path)
{
    /// <summary>The inputs, the shortest first.</summary>
    public List<byte[]> Read() =>
        Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).OrderBy(i => i.Length)]
            : [];

    /// <summary>Has the folder hold these inputs and no others.</summary>
    public void Replace(IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(path);
        foreach (var file in Directory.EnumerateFiles(path))
        {
            File.Delete(file);
        }

        foreach (var input in inputs)
        {
            Add(input);
        }
    }

    /// <summary>Adds an input.</summary>
    /// <returns>The path of its file.</returns>
    public string Add(byte[] input)
    {
        Directory.CreateDirectory(path);
        var file = Path.Combine(path, Convert.ToHexStringLower(SHA256.HashData(input))[..16]);
        File.WriteAllBytes(file, input);
        return file;
    }
}
