using System.Text.RegularExpressions;

namespace IronProxy.Architecture.Tests;

public sealed partial class NameTests
{
    /// <summary>Whoever searches for a name finds one thing.</summary>
    [Fact]
    public void No_two_types_that_ship_have_one_name() =>
        Violations.AssertNone(
            from file in Repository.Projects.Where(p => p.Ships).SelectMany(FilesOf)
            from Match type in Type().Matches(file.Text)
            group file.Path by type.Groups["name"].Value into files
            where files.Distinct().Count() > 1
            select $"{files.Key}: {string.Join(", ", files.Distinct())}. Give each a name of its own.");

    [Theory]
    [InlineData("internal sealed partial class Example(int a) : Base", "Example")]
    [InlineData("public readonly record struct Example(int A);", "Example")]
    [InlineData("internal enum Example", "Example")]
    public void Types_are_found(string line, string name) => Assert.Equal(name, Type().Match(line).Groups["name"].Value);

    private static IEnumerable<(string Path, string Text)> FilesOf(ProjectFile project) =>
        from file in Repository.TrackedFiles()
        where file.StartsWith($"{project.Folder}/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
        let path = Path.Combine(Repository.Root, file)
        where File.Exists(path)
        select (file, File.ReadAllText(path));

    /// <summary>Types that stand alone, not those inside of others.</summary>
    [GeneratedRegex(@"^(public|internal)( \w+)*? (class|record struct|record|struct|interface|enum) (?<name>\w+)", RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Type();
}
