using System.Text.RegularExpressions;

namespace IronProxy.Architecture.Tests;

/// <summary>The folders of a project are layers: what one uses does not use it, directly or around a corner.</summary>
public sealed partial class FolderTests
{
    /// <summary>
    /// A section, a transform and a secret source of the compiler have each a folder with all that is known of them, which the passes over the file list: two
    /// ways to cut the same thing, and circles between them.
    /// </summary>
    private const string CutBothWays = "IronProxy.Compiler";

    [Fact]
    public void No_folders_use_each_other() =>
        Violations.AssertNone(
            from project in Repository.Projects
            where project.Ships && project.Name != CutBothWays
            let circle = FindCircle(Uses(project))
            where circle is not null
            select $"{project.Path}: {string.Join(" -> ", circle)}. Move what both need into a folder below them.");

    [Fact]
    public void A_circle_is_found_around_a_corner_and_a_chain_is_none()
    {
        Assert.Equal(["a", "b", "c", "a"], FindCircle([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]));
        Assert.Null(FindCircle([("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")]));
    }

    [Fact]
    public void The_folders_of_the_runtime_are_seen()
    {
        var uses = Uses(Repository.Projects.Single(p => p.Name == "IronProxy.Runtime"));

        Assert.Contains(("Hosting", "Listeners"), uses);
        Assert.Contains(("Upstream", "Requests"), uses);
    }

    /// <summary>Which folder uses which. A folder is the first part of the namespace behind the project's own.</summary>
    private static HashSet<(string From, string To)> Uses(ProjectFile project)
    {
        var uses = new HashSet<(string, string)>();
        foreach (var file in Repository.TrackedFiles().Where(f => f.StartsWith($"{project.Folder}/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            var path = Path.Combine(Repository.Root, file);
            var text = File.Exists(path) ? File.ReadAllText(path) : "";
            if (FolderOf(Namespace().Match(text).Groups[1].Value, project) is not { } from)
            {
                continue;
            }

            foreach (Match use in Using().Matches(text))
            {
                if (FolderOf(use.Groups[1].Value, project) is { } to && to != from)
                {
                    uses.Add((from, to));
                }
            }
        }

        return uses;
    }

    private static string? FolderOf(string name, ProjectFile project) =>
        name.StartsWith($"{project.Name}.", StringComparison.Ordinal) ? name[(project.Name.Length + 1)..].Split('.')[0] : null;

    private static IReadOnlyList<string>? FindCircle(IReadOnlyCollection<(string From, string To)> uses)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        return uses.Select(u => u.From).Distinct().Order(StringComparer.Ordinal).Select(start => Follow([start])).FirstOrDefault(c => c is not null);

        IReadOnlyList<string>? Follow(string[] way)
        {
            if (Array.IndexOf(way, way[^1]) is var first && first < way.Length - 1)
            {
                return way[first..];
            }

            if (!done.Add(way[^1]))
            {
                return null;
            }

            return uses.Where(u => u.From == way[^1]).OrderBy(u => u.To, StringComparer.Ordinal).Select(u => Follow([.. way, u.To])).FirstOrDefault(c => c is not null);
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Using();
}
