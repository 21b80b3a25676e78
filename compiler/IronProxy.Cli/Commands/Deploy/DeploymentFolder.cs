using System.Collections.Immutable;
using IronProxy.Cli.Inputs;
using IronProxy.Targets.Files;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary>The folder of a deployment. What others put there is not lost unless that is asked for.</summary>
/// <param name="path">The folder as the user named it.</param>
/// <param name="userFiles">What is the user's: files, and folders with a slash at the end.</param>
internal sealed class DeploymentFolder(string path, ImmutableArray<string> userFiles)
{
    private const int MaxNamed = 5;

    /// <summary>The folder as the user named it.</summary>
    public string Path { get; } = path;

    private string ManifestPath => System.IO.Path.Combine(Path, DeploymentManifest.FileName);

    /// <summary>Writes the files and removes those that were generated before and are no longer.</summary>
    /// <exception cref="CliException">The folder holds what was not generated, or cannot be written.</exception>
    public void Write(IReadOnlyCollection<DeploymentFile> files, bool force)
    {
        var generated = Generated();
        var foreign = Existing().Where(f => IsForeign(f, generated, files)).ToArray();
        if (foreign.Length > 0 && !force)
        {
            var named = string.Join(", ", foreign.Take(MaxNamed)) + (foreign.Length > MaxNamed ? $" and {foreign.Length - MaxNamed} more" : "");
            throw new CliException($"{Path} has files that were not generated, or were changed since: {named}. Nothing was written; --force writes over what is in the way");
        }

        try
        {
            foreach (var file in files)
            {
                var target = System.IO.Path.Combine(Path, file.Path);
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!); // The folder is above it.
                OutputFile.Replace(target, file.Content.Span);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(target, ModeOf(file));
                }
            }

            foreach (var old in generated.Keys.Where(o => !files.Any(f => f.Path == o)))
            {
                File.Delete(System.IO.Path.Combine(Path, old));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"cannot write {Path}: {e.Message}", e);
        }
    }

    /// <summary>The options that it was generated with; empty when it was not.</summary>
    /// <exception cref="CliException">Its manifest is none that ironc wrote.</exception>
    public IReadOnlyDictionary<string, string> Options() =>
        File.Exists(ManifestPath) ? DeploymentManifest.OptionsOf(ManifestPath, Read(DeploymentManifest.FileName)) : ImmutableDictionary<string, string>.Empty;

    /// <summary>What is different from the files, a line each; empty when nothing is.</summary>
    public List<string> Compare(IReadOnlyCollection<DeploymentFile> files)
    {
        var existing = Existing().ToHashSet(StringComparer.Ordinal);
        var differences = new List<string>();
        foreach (var file in files)
        {
            if (!existing.Contains(file.Path))
            {
                differences.Add($"missing  {file.Path}");
            }
            else if (!Read(file.Path).AsSpan().SequenceEqual(file.Content.Span))
            {
                differences.Add($"differs  {file.Path}");
            }
            else if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(System.IO.Path.Combine(Path, file.Path)).HasFlag(UnixFileMode.UserExecute) != file.IsExecutable)
            {
                differences.Add($"mode     {file.Path}");
            }
        }

        differences.AddRange(existing.Where(e => !IsUsers(e) && !files.Any(f => f.Path == e)).Order(StringComparer.Ordinal).Select(e => $"foreign  {e}"));
        return differences;
    }

    private static UnixFileMode ModeOf(DeploymentFile file)
    {
        const UnixFileMode Text = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        return file.IsExecutable ? Text | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : Text;
    }

    private bool IsForeign(string file, IReadOnlyDictionary<string, string> generated, IReadOnlyCollection<DeploymentFile> files)
    {
        if (IsUsers(file) || file == DeploymentManifest.FileName)
        {
            return false;
        }

        var content = Read(file);
        return generated.TryGetValue(file, out var hash)
            ? hash != DeploymentManifest.Hash(content)
            : !files.Any(f => f.Path == file && f.Content.Span.SequenceEqual(content));
    }

    private bool IsUsers(string file) => userFiles.Any(u => u.EndsWith('/') ? file.StartsWith(u, StringComparison.Ordinal) : Fits(file, u));

    /// <summary>Whether a path is that of a user's file, whose name may have one star.</summary>
    private static bool Fits(string file, string pattern)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? file == pattern
            : file.Length >= pattern.Length - 1
                && file.StartsWith(pattern[..star], StringComparison.Ordinal)
                && file.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal)
                && !file[star..(file.Length - (pattern.Length - star - 1))].Contains('/', StringComparison.Ordinal);
    }

    private IReadOnlyDictionary<string, string> Generated() =>
        File.Exists(ManifestPath) ? DeploymentManifest.FilesOf(ManifestPath, Read(DeploymentManifest.FileName)) : ImmutableDictionary<string, string>.Empty;

    private IEnumerable<string> Existing()
    {
        try
        {
            return Directory.Exists(Path)
                ? [.. FilesIn(Path).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"cannot read {Path}: {e.Message}", e);
        }
    }

    /// <summary>Files below a folder, by their paths in the deployment. Folders of the user's are not looked into: node_modules is large.</summary>
    private IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder).Select(Relative)
            .Concat(Directory.EnumerateDirectories(folder).Where(d => !userFiles.Contains(Relative(d) + "/", StringComparer.Ordinal)).SelectMany(FilesIn));

    private string Relative(string path) => System.IO.Path.GetRelativePath(Path, path).Replace('\\', '/');

    private byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(System.IO.Path.Combine(Path, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"cannot read {System.IO.Path.Combine(Path, file)}: {e.Message}", e);
        }
    }
}
