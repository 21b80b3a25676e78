namespace IronProxy.Compiler;

/// <summary>
/// What a check may see of the machine that it runs on. It adds warnings and never changes a plan: the machine that runs the
/// plan can be another one.
/// </summary>
/// <param name="ReadFile">
/// A text file's content, or null when there is none; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>
/// when it cannot be read.
/// </param>
/// <param name="ReadVariable">An environment variable, or null when it is not set.</param>
/// <param name="Time">The clock that certificates are compared with.</param>
public sealed record CompilerEnvironment(Func<string, string?> ReadFile, Func<string, string?> ReadVariable, TimeProvider Time);
