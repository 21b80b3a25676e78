using System.Security.Cryptography;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>
/// The values that the demo's iron-proxy has and its client has not. They are made up for each run, so that a value that
/// turns up where it should not can only have come from this run.
/// </summary>
internal sealed class DemoSecrets
{
    /// <summary>Variable and value, as iron-proxy finds them in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["OPENAI_API_KEY"] = "demo-real-openai-" + RandomNumberGenerator.GetHexString(16, lowercase: true),
        ["INTERNAL_TOKEN"] = "demo-real-internal-" + RandomNumberGenerator.GetHexString(16, lowercase: true),
    };

    /// <summary>Whether a text holds one of the values.</summary>
    public bool AppearIn(string text) => Environment.Values.Any(value => text.Contains(value, StringComparison.Ordinal));
}
