using System.Diagnostics;

namespace IronProxy.Fuzzing;

/// <summary>
/// Fuzzes one target in this process: changes inputs, and keeps those that pass branches which none has passed before. It ends with its time or its
/// number of executions, or with the first finding.
/// </summary>
internal sealed class Campaign
{
    private const int ChangesOfOne = 64;
    private const int MostCuts = 512;

    /// <summary>Far above what parsing takes in all of the ways in which a target does it; what is kept for a message is bounded by the message.</summary>
    private const long AllocationOfEach = 1 << 20;
    private const long AllocationOfByte = 4096;

    private readonly FuzzTarget _target;
    private readonly CampaignOptions _options;
    private readonly CoverageMap _coverage;
    private readonly CurrentInput _current;
    private readonly List<byte[]> _corpus = [];

    public Campaign(FuzzTarget target, CampaignOptions options, CoverageMap coverage, CurrentInput current)
    {
        _target = target;
        _options = options;
        _coverage = coverage;
        _current = current;
    }

    /// <summary>Runs to the end.</summary>
    /// <exception cref="FindingException">An input showed a fault.</exception>
    public CampaignResult Run()
    {
        var committed = _options.Corpus is { } path ? new CorpusFolder(Path.Combine(path, _target.Name)) : null;
        byte[][] first = [.. committed?.Read() ?? [], .. _target.Seeds];

        // Once before it counts: static constructors run once, and are no coverage of an input.
        Array.ForEach(first, input => Execute(input, AllCuts(input)));
        var run = Stopwatch.StartNew();
        var executions = 0L;
        foreach (var input in first)
        {
            executions++;
            Execute(input, AllCuts(input));
            Keep(input);
        }

        var random = new Random(_options.Seed);
        var mutator = new Mutator(random, _target.Dictionary, _target.MaxLength);
        while (executions < _options.Executions && run.Elapsed < _options.Time)
        {
            var parent = Choose(random);
            for (var i = 0; i < ChangesOfOne && executions < _options.Executions; i++)
            {
                executions++;
                var input = mutator.Change(parent, _corpus[random.Next(_corpus.Count)]);
                Execute(input, SomeCuts(input));
                if (_options.IsGuided && Keep(input))
                {
                    // It is worth a closer look: a change in how it is read at some cut is likeliest here.
                    Execute(input, AllCuts(input));
                    Keep(input);
                }
            }
        }

        if (_options.Update)
        {
            committed?.Replace(Minimal());
        }

        return new CampaignResult(_target.Name, executions, run.Elapsed, _coverage.Edges, _corpus.Count);
    }

    private byte[] Choose(Random random)
    {
        // What is new leads on more often than what was there from the start.
        var newest = Math.Max(1, _corpus.Count / 4);
        return random.Next(2) == 0 ? _corpus[random.Next(_corpus.Count)] : _corpus[_corpus.Count - 1 - random.Next(newest)];
    }

    private void Execute(byte[] input, int[] cuts)
    {
        _coverage.Reset();
        using var turn = _current.Begin(input);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _target.Run(input, cuts);
        }
        catch (Exception e)
        {
            throw new FindingException(e is OracleException ? e.Message : e.ToString(), input, e);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var limit = AllocationOfEach + (AllocationOfByte * input.Length * (1 + (cuts.Length / 4)));
        if (allocated > limit)
        {
            throw new FindingException($"{allocated} bytes were allocated for {input.Length}", input);
        }
    }

    private bool Keep(byte[] input)
    {
        var isNew = _coverage.Add();
        if (isNew || _corpus.Count == 0)
        {
            _corpus.Add(input);
        }

        return isNew;
    }

    /// <summary>Few short inputs that pass every branch which the corpus passes.</summary>
    private List<byte[]> Minimal()
    {
        var passed = new HashSet<int>();
        var kept = new List<byte[]>();
        foreach (var input in _corpus.OrderBy(i => i.Length))
        {
            Execute(input, SomeCuts(input));
            var edges = _coverage.Passed();
            if (!edges.IsSubsetOf(passed))
            {
                passed.UnionWith(edges);
                kept.Add(input);
            }
        }

        // Those that later ones have made needless; the longest go first.
        for (var i = kept.Count - 1; i >= 0; i--)
        {
            var without = new HashSet<int>();
            foreach (var input in kept.Where((_, index) => index != i))
            {
                Execute(input, SomeCuts(input));
                without.UnionWith(_coverage.Passed());
            }

            if (passed.IsSubsetOf(without))
            {
                kept.RemoveAt(i);
            }
        }

        return kept;
    }

    private static int[] AllCuts(byte[] input) => [.. Enumerable.Range(0, Math.Min(input.Length + 1, MostCuts))];

    /// <summary>Two, which depend on the input alone (by FNV-1a), so that it passes the same branches each time.</summary>
    private static int[] SomeCuts(byte[] input)
    {
        var value = input.Aggregate(2166136261u, (hash, b) => (hash ^ b) * 16777619u);
        return [(int)(value % (input.Length + 1)), (int)(value / 65536 % (input.Length + 1))];
    }
}

/// <summary>What a campaign is to do.</summary>
/// <param name="Executions">How many inputs it may try.</param>
/// <param name="Time">How long it may take.</param>
/// <param name="Seed">Where chance begins.</param>
/// <param name="Corpus">The folder with a corpus for each target; null for none.</param>
/// <param name="Update">Whether the corpus is written anew in the end, minimised.</param>
/// <param name="IsGuided">Whether inputs that pass new branches are changed further. Without it chance is alone.</param>
internal sealed record CampaignOptions(long Executions, TimeSpan Time, int Seed, string? Corpus, bool Update = false, bool IsGuided = true);

/// <summary>What a campaign did.</summary>
internal sealed record CampaignResult(string Target, long Executions, TimeSpan Time, int Edges, int Corpus)
{
    public override string ToString() =>
        $"{Target}: {Executions} executions in {Time.TotalSeconds:F0} s, {Edges} edges, {Corpus} inputs in the corpus";
}

/// <summary>An input that shows a fault.</summary>
internal sealed class FindingException(string message, byte[] input, Exception? inner = null) : Exception(message, inner)
{
    public byte[] Input { get; } = input;
}
