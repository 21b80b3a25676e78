using System.Security.Cryptography;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>A proxy with an entry of github_app for each scenario of tests/e2e/stubs/github.py, and repositories behind it.</summary>
public sealed class GithubWorld : TokenWorld
{
    private static readonly string[] Scenarios =
        ["app", "slow", "short", "turning", "down", "denied", "unknown", "suspended", "text", "lines", "ended", "behind", "ahead", "far_ahead", "far_behind", "gh"];

    private protected override string Server => "github.py";

    private protected override IEnumerable<string> ServerArguments => [Repositories];

    private protected override IEnumerable<(string Name, string Value)> Environment => [("APP_KEY", AssertionKey)];

    internal string Repositories => Folder.File("repositories");

    internal override string Policy(string more = "api.example.com") => ExampleProxy.Settings.Replace(
        "records:\n", "records:\n    - { name: \"login.example.com\", type: A, value: \"127.0.0.1\" }\n", StringComparison.Ordinal) + """
        transforms:
          - name: allowlist
            config: { domains: [api.example.com, login.example.com, MORE] }

        """.Replace("MORE", more, StringComparison.Ordinal)
        + string.Concat(Scenarios.Select(s => Entry(s)))
        + Entry("organization", "owner: octo-org, permissions: { issues: write }")
        + Entry("user", "owner: octo-org, permissions: { issues: write }")
        + Entry("nobody", "owner: octo-org, permissions: { issues: write }")
        + Entry("echoed", "installation_id: 42, permissions: { issues: write }, scrub_responses: true")
        + Entry("all", "installation_id: 42")
        + Entry("git", "installation_id: 42, repositories: [app], permissions: { contents: write, metadata: read }")
        + Entry("read", "installation_id: 42, permissions: { contents: read }");

    /// <summary>What the server says of the next request of git to a repository.</summary>
    internal Task<string> AskedByGitAsync(string scenario) => SaidAsync($"git {scenario} ");

    /// <summary>Runs a program as a workload does: with the proxy and its CA, and with nothing that would be a credential.</summary>
    internal Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] command)
    {
        var proxy = $"http://{Proxy.Listeners["tunnel"]}";
        return CommandLine.RunAsync(
        [
            "env", $"HTTP_PROXY={proxy}", $"HTTPS_PROXY={proxy}", "NO_PROXY=", "no_proxy=", $"HOME={Folder.FullPath}", $"SSL_CERT_FILE={Folder.CaFile}", $"GIT_SSL_CAINFO={Folder.CaFile}", "GIT_TERMINAL_PROMPT=0",
            "GIT_CONFIG_NOSYSTEM=1", .. command,
        ]);
    }

    /// <summary>Gives the app another key, and forgets the one that it had.</summary>
    internal void TurnKey()
    {
        using var key = RSA.Create(2048);
        Folder.Write("turning.key", key.ExportRSAPrivateKeyPem());
        Folder.Write("assertion.pub", key.ExportSubjectPublicKeyInfoPem());
    }

    internal static JsonElement Step(JsonElement record) => GoogleWorld.Step(record, "github_app");

    private protected override void WriteKeys() => Folder.Write("turning.key", AssertionKey);

    private string Entry(string scenario, string config = "installation_id: 42, permissions: { issues: write }") =>
        $$"""  - { name: github_app, config: { client_id: Iv23liTheApp, private_key: {{(scenario == "turning" ? "{ type: file, path: turning.key }" : "{ type: env, var: APP_KEY }")}}, """
        + $$"""api_url: "https://login.example.com:{{Port}}/{{scenario}}", {{config}}, rules: [{ host: api.example.com, paths: ["/{{scenario}}", "/{{scenario}}/*"] }, { host: login.example.com, paths: ["/{{scenario}}/*"] }] } }"""
        + "\n";
}
