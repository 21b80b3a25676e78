namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>The secrets that policies of the corpus name. The values are those that cases look for upstream.</summary>
internal static class BypassSecrets
{
    public static IReadOnlyList<(string Name, string Value)> Environment { get; } =
    [
        ("API_KEY", "real-api-key"),
        ("BODY_KEY", "real-body-key"),
        ("SCOPED_KEY", "real-scoped-key"),
        ("REQUIRED_KEY", "real-required-key"),
        ("INJECTED_KEY", "real-injected-key"),
        ("ECHOED_KEY", "real-echoed-key"),
        ("CI_PASSWORD", "real-ci-password"),
        ("AGENT_PASSWORD", "real-agent-password"),
        ("LONG_KEY", new string('k', 8192)),
    ];
}
