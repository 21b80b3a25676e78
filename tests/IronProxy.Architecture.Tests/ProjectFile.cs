using System.Xml.Linq;

namespace IronProxy.Architecture.Tests;

/// <summary>What these tests read of a project file.</summary>
/// <param name="Path">Path, relative to the root, with forward slashes.</param>
/// <param name="Content">Its XML.</param>
internal sealed record ProjectFile(string Path, XElement Content)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => Path[..Path.LastIndexOf('/')];

    /// <summary>Whether the project is part of what ships: neither a test nor a benchmark.</summary>
    public bool Ships => !Path.StartsWith("tests/", StringComparison.Ordinal) && !Path.StartsWith("bench/", StringComparison.Ordinal);

    public string AssemblyName => Property("AssemblyName") ?? Name;

    public bool IsExecutable => Property("OutputType") is "Exe" or "WinExe";

    /// <summary>Names of the projects that this one references.</summary>
    public IEnumerable<string> ProjectReferences =>
        Content.Descendants("ProjectReference")
            .Select(r => System.IO.Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))); // An item has an Include.

    public IEnumerable<XElement> PackageReferences => Content.Descendants("PackageReference");

    public IEnumerable<string> PackageNames => PackageReferences.Select(r => r.Attribute("Include")!.Value); // An item has an Include.

    public static ProjectFile Read(string root, string path) =>
        new(System.IO.Path.GetRelativePath(root, path).Replace('\\', '/'), XElement.Load(path));

    private string? Property(string name) => Content.Descendants(name).FirstOrDefault()?.Value;
}
