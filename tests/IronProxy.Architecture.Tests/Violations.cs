namespace IronProxy.Architecture.Tests;

/// <summary>Sentences about what is wrong, each with the file and the fix.</summary>
internal static class Violations
{
    /// <summary>Fails with all of them, in full.</summary>
    public static void AssertNone(IEnumerable<string> sentences)
    {
        var all = sentences.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
