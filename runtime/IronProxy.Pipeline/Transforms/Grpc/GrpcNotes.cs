namespace IronProxy.Pipeline.Transforms;

/// <summary>What is recorded of a question to the server of a grpc transform. What the server has to say stands beside it, under names of its own.</summary>
internal sealed class GrpcNotes
{
    private const string Own = "grpc.";
    private const int MaxCount = 32;
    private const int MaxName = 64;
    private const int MaxValue = 1024;

    private readonly StepRecord _record;

    public GrpcNotes(StepRecord record, string name)
    {
        _record = record;
        record.Annotate(Own + "instance", name);
    }

    /// <summary>What the server has changed, in the notation of the record.</summary>
    public List<string> Changed { get; } = [];

    /// <summary>Says why there is no answer that could be applied.</summary>
    public void Fail(string problem) => _record.Annotate(Own + "error", problem);

    /// <summary>Says what was changed.</summary>
    public void AddChanges()
    {
        if (Changed.Count > 0)
        {
            _record.Annotate(Own + "modified", Changed.ToArray());
        }
    }

    /// <summary>Adds what the server says, as far as it is short. One that has seen real values may repeat them, and is not believed not to.</summary>
    public void Add(IReadOnlyDictionary<string, string> annotations, bool seesSecrets)
    {
        if (annotations.Count == 0)
        {
            return;
        }

        var added = 0;
        foreach (var (name, value) in seesSecrets ? [] : annotations.Where(a => IsName(a.Key)).OrderBy(a => a.Key, StringComparer.Ordinal).Take(MaxCount))
        {
            _record.Annotate(name, Cut(value));
            added++;
        }

        if (added < annotations.Count)
        {
            _record.Annotate(Own + "withheld", (long)(annotations.Count - added));
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && !name.StartsWith(Own, StringComparison.OrdinalIgnoreCase) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':');

    private static string Cut(string value) =>
        value.Length <= MaxValue ? value : value[..(char.IsHighSurrogate(value[MaxValue - 1]) ? MaxValue - 1 : MaxValue)];
}
