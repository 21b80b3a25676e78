namespace IronProxy.Runtime.Secrets;

/// <summary>How a secret is doing.</summary>
/// <param name="Name">Its name, as audit records have it; never its value.</param>
/// <param name="Source">The type of its source.</param>
/// <param name="Line">The line of its source.</param>
/// <param name="Age">How long ago the value that is used was read.</param>
/// <param name="Failure">Why it could not be read since; null when nothing failed.</param>
/// <param name="IsUsable">Whether there is a value that may still be used.</param>
internal sealed record SecretHealth(string Name, string Source, int Line, TimeSpan Age, string? Failure, bool IsUsable);
