using System.Text.RegularExpressions;

namespace IronProxy.Architecture.Tests;

public sealed partial class PatienceTests
{
    private const string TheOnePlace = "tests/IronProxy.Testing/Patience.cs";
    private const string ThisFile = "tests/IronProxy.Architecture.Tests/PatienceTests.cs";

    /// <summary>What is enough on one machine is not on a slower one that has much to do.</summary>
    [Fact]
    public void No_test_has_seconds_of_its_own_to_wait_for() =>
        Violations.AssertNone(
            from file in Repository.TrackedFiles()
            where file.StartsWith("tests/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal) && file is not (TheOnePlace or ThisFile)
            let path = Path.Combine(Repository.Root, file)
            where File.Exists(path)
            from line in File.ReadLines(path).Select((text, index) => (Text: text, Number: index + 1))
            where Wait().IsMatch(line.Text)
            select $"{file}:{line.Number}: waits for seconds of its own; take one of {TheOnePlace}.");

    [Theory]
    [InlineData("await task.WaitAsync(TimeSpan.FromSeconds(5));")]
    [InlineData("using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));")]
    [InlineData("private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(60);")]
    public void It_would_be_found(string line) => Assert.Matches(Wait(), line);

    [GeneratedRegex(@"(Wait|WaitAsync|CancelAfter|CancellationTokenSource)\(TimeSpan\.From(Seconds|Minutes)\(|TimeSpan \w*(Patience|Deadline) = TimeSpan\.", RegexOptions.CultureInvariant)]
    private static partial Regex Wait();
}
