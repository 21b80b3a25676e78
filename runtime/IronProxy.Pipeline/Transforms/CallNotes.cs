namespace IronProxy.Pipeline.Transforms;

/// <summary>Annotates what was called, in the words of the workload.</summary>
/// <param name="step">The step's record.</param>
internal sealed class CallNotes(StepRecord step)
{
    /// <summary>A batch can have any number of calls. What comes behind is counted.</summary>
    private const int MaxNames = 100;

    private const int MaxNameLength = 256;

    /// <summary>Adds a list of names.</summary>
    public void Add(string key, IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
        {
            return;
        }

        step.Annotate(key, names.Take(MaxNames).Select(n => n.Length > MaxNameLength ? n[..MaxNameLength] : n).ToArray());
        if (names.Count > MaxNames)
        {
            step.Annotate($"{key}_omitted", names.Count - MaxNames);
        }
    }
}
