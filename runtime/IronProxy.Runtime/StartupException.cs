using System.Text.Json;

namespace IronProxy.Runtime;

/// <summary>The proxy cannot start, or not go on with another policy. The message is for the operator: one clear sentence without a secret.</summary>
public class StartupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A policy differs from the one that runs in what holds until the process ends.</summary>
/// <param name="settings">The settings, as proxy.yaml names them.</param>
public sealed class RestartRequiredException(IReadOnlyList<string> settings)
    : StartupException($"The plan has another {string.Join(", ", settings)}, which takes a restart, so nothing was changed.")
{
    /// <summary>The settings, as proxy.yaml names them.</summary>
    public IReadOnlyList<string> Settings { get; } = settings;
}

/// <summary>A policy does not compile.</summary>
/// <param name="message">One sentence.</param>
/// <param name="diagnostics">What the compiler found: the array that it prints for programs.</param>
public sealed class UncompiledPolicyException(string message, JsonElement diagnostics) : StartupException(message)
{
    /// <summary>What the compiler found.</summary>
    public JsonElement Diagnostics { get; } = diagnostics;
}
