using System.Text.RegularExpressions;

namespace IronProxy.Architecture.Tests.Compatibility;

/// <summary>
/// The tests of this repository by name: <c>Class.Method</c>, a folder of <c>tests/corpus</c>, or a file of <c>tests/e2e/bypass</c>. They are read from the sources, so that
/// no project of tests has to reference all others.
/// </summary>
internal static partial class TestSources
{
    /// <summary>How often a test with a name is there. Those that are switched off do not count.</summary>
    public static IReadOnlyDictionary<string, int> Methods(IEnumerable<IEnumerable<string>> files)
    {
        var methods = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var lines in files)
        {
            var (type, isTest) = ("", false);
            foreach (var line in lines)
            {
                if (Type().Match(line) is { Success: true } declaration)
                {
                    type = declaration.Groups["name"].Value;
                }
                else if (Attribute().Match(line) is { Success: true } attribute)
                {
                    isTest = !attribute.Groups["with"].Value.Contains("Skip", StringComparison.Ordinal);
                }
                else if (isTest && Method().Match(line) is { Success: true } method)
                {
                    var name = $"{type}.{method.Groups["name"].Value}";
                    methods[name] = methods.GetValueOrDefault(name) + 1;
                    isTest = false;
                }
            }
        }

        return methods;
    }

    /// <summary>Whether a path is that of a case.</summary>
    public static bool IsCase(string root, string path) =>
        (path.StartsWith("tests/corpus/", StringComparison.Ordinal) && File.Exists(Path.Combine(root, path, "proxy.yaml")))
        || (BypassCase().IsMatch(path) && File.Exists(Path.Combine(root, path)));

    [GeneratedRegex(@"^(?:public |internal |sealed |abstract |partial )*class (?<name>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Type();

    [GeneratedRegex(@"^\s+\[(Skippable)?(Fact|Theory)(?<with>\(.*\))?\]", RegexOptions.ExplicitCapture)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^\s+public (async )?(Task|void) (?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Method();

    [GeneratedRegex("^tests/e2e/bypass/(?!policies/)[^/]+/[^/]+[.]yaml$")]
    private static partial Regex BypassCase();
}
