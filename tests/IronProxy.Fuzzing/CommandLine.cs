namespace IronProxy.Fuzzing;

/// <summary>Options and names, as they were written.</summary>
internal sealed class CommandLine
{
    private static readonly string[] Flags = ["--update", "--blind"];
    private static readonly string[] Texts = ["--corpus", "--findings", "--current"];
    private static readonly string[] Numbers = ["--seconds", "--executions", "--seed", "--limit"];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private CommandLine()
    {
    }

    /// <summary>What is no option.</summary>
    public List<string> Names { get; } = [];

    /// <summary>The options, for another process.</summary>
    public IEnumerable<string> Options => _values.SelectMany(v => Flags.Contains(v.Key) ? [v.Key] : (string[])[v.Key, v.Value]);

    public string? this[string option] => _values.GetValueOrDefault(option);

    public bool Has(string flag) => _values.ContainsKey(flag);

    public long? Number(string option) => _values.TryGetValue(option, out var value) ? long.Parse(value) : null;

    public static bool TryRead(IReadOnlyList<string> arguments, out CommandLine line)
    {
        line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (Flags.Contains(argument))
            {
                line._values[argument] = "";
            }
            else if (!argument.StartsWith('-'))
            {
                line.Names.Add(argument);
            }
            else if (++i < arguments.Count && (Texts.Contains(argument) || (Numbers.Contains(argument) && long.TryParse(arguments[i], out var number) && number > 0)))
            {
                line._values[argument] = arguments[i];
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}
