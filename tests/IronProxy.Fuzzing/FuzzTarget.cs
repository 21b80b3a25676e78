namespace IronProxy.Fuzzing;

/// <summary>A parser, and what must be so whatever it is given.</summary>
/// <param name="name">Its name, and that of the folder with its corpus.</param>
internal abstract class FuzzTarget(string name)
{
    public string Name { get; } = name;

    /// <summary>What mutation begins with, beside the committed corpus.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>Pieces that chance would not find: coverage says nothing of how near a comparison of many bytes was.</summary>
    public virtual IEnumerable<byte[]> Dictionary => [];

    /// <summary>The longest input that is made.</summary>
    public virtual int MaxLength => 4096;

    /// <summary>Parses an input in one way and in others, and throws when they differ or something else is not as it must be.</summary>
    /// <param name="input">The input.</param>
    /// <param name="cuts">Where it may be cut in two.</param>
    public abstract void Run(byte[] input, IReadOnlyList<int> cuts);

    protected static void Require(bool isSo, string expectation)
    {
        if (!isSo)
        {
            throw new OracleException(expectation);
        }
    }

    protected static void RequireEqual<T>(T expected, T actual, string expectation)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new OracleException($"{expectation}: {expected} and {actual}");
        }
    }
}

/// <summary>What must be so is not.</summary>
internal sealed class OracleException(string message) : Exception(message);
