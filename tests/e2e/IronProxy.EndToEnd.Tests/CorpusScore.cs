using System.Globalization;

namespace IronProxy.EndToEnd.Tests;

/// <summary>Counts what a corpus came to. It is printed with the test run and kept in artifacts.</summary>
/// <param name="corpus">Its name.</param>
internal sealed class CorpusScore(string corpus)
{
    private readonly SortedDictionary<string, (int Passed, int Total)> _categories = new(StringComparer.Ordinal);

    public int Total => _categories.Values.Sum(c => c.Total);

    public void Add(string category, bool passed)
    {
        var (ok, total) = _categories.GetValueOrDefault(category);
        _categories[category] = (ok + (passed ? 1 : 0), total + 1);
    }

    public override string ToString()
    {
        var parts = _categories.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value.Passed}/{c.Value.Total}"));
        return string.Create(CultureInfo.InvariantCulture, $"{corpus}: {_categories.Values.Sum(c => c.Passed)}/{Total} ({string.Join(", ", parts)})");
    }

    /// <summary>Keeps the score, for who prints what a whole run came to.</summary>
    public async Task KeepAsync()
    {
        Directory.CreateDirectory(Repository.Path("artifacts"));
        await File.WriteAllTextAsync(Repository.Path("artifacts", $"{corpus}-score.txt"), this + "\n");
    }
}
