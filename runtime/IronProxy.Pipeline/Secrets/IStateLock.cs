namespace IronProxy.Pipeline;

/// <summary>The use of a state file by one. It ends with its disposal.</summary>
public interface IStateLock : IDisposable
{
    /// <summary>What is in the file.</summary>
    KeptTokens Tokens { get; }

    /// <summary>Writes others in their place. What goes wrong is said by whoever opened the file, and is no error of the caller, who has the tokens and writes them with its next use.</summary>
    Task KeepAsync(KeptTokens tokens);
}
