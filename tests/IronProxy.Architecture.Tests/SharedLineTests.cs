using System.Text.RegularExpressions;

namespace IronProxy.Architecture.Tests;

/// <summary>
/// What it takes to add a transform or a secret source: files of its own, and three lines in files that others share. CONTRIBUTING names them.
/// Warnings and comparisons of policies (<c>Analysis/</c>) may look for a certain transform, and one transform may use a source; nothing makes them.
/// </summary>
public sealed partial class SharedLineTests
{
    private const int Most = 3;

    private static readonly Lazy<(string Path, string[] Lines)[]> Code = new(() =>
    [
        .. from project in Repository.Projects
           where project.Ships
           from file in Repository.TrackedFiles()
           where file.StartsWith($"{project.Folder}/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
           let path = Path.Combine(Repository.Root, file)
           where File.Exists(path)
           select (file, File.ReadAllLines(path)),
    ]);

    /// <summary>All that run but for two: the allowlist is the policy itself, and secrets are what others ask about.</summary>
    public static TheoryData<string> Transforms => [.. NamesIn("StepRegistry.cs", StepPlanName()).Where(n => n is not ("Allowlist" or "Secrets"))];

    public static TheoryData<string> Sources => [.. NamesIn("SecretReader.cs", SourcePlanName())];

    [Theory]
    [MemberData(nameof(Transforms))]
    public void A_transform_is_files_of_its_own_and_three_lines(string name) =>
        AssertShared(new Regex($@"\b{name}(StepPlan|Step|Config|Validator|Lowering)\b", RegexOptions.ExplicitCapture), file => file.EndsWith($"/{name}StepPlan.cs", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_is_files_of_its_own_and_three_lines(string name) =>
        AssertShared(new Regex($@"\b{name}(SourcePlan|SourceConfig|SourceValidator|SourceLowering|SecretSource)\b", RegexOptions.ExplicitCapture), file =>
            file.EndsWith($"/{name}SourcePlan.cs", StringComparison.Ordinal) || file.Contains($"/Secrets/{name}/", StringComparison.Ordinal));

    private static void AssertShared(Regex names, Func<string, bool> isOwn)
    {
        var lines = (
            from file in Code.Value
            where !isOwn(file.Path) && !InTransform().IsMatch(file.Path)
            from line in file.Lines
            where names.IsMatch(line) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            select $"{file.Path}: {line.Trim()}").ToArray();

        Assert.True(lines.Length is > 0 and <= Most, $"{lines.Length} shared lines:\n{string.Join('\n', lines)}");
    }

    private static IEnumerable<string> NamesIn(string file, Regex name) =>
        Code.Value.Single(f => Path.GetFileName(f.Path) == file).Lines.SelectMany(l => name.Matches(l)).Select(m => m.Groups["name"].Value).Distinct();

    /// <summary>Folders of transforms, and what looks for them.</summary>
    [GeneratedRegex("/Transforms/[^/]+/|/Analysis/", RegexOptions.ExplicitCapture)]
    private static partial Regex InTransform();

    [GeneratedRegex(@"\b(?<name>\w+)StepPlan plan =>", RegexOptions.ExplicitCapture)]
    private static partial Regex StepPlanName();

    [GeneratedRegex(@"\b(?<name>\w+)SourcePlan \w+ =>", RegexOptions.ExplicitCapture)]
    private static partial Regex SourcePlanName();
}
