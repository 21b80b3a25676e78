using System.Globalization;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>A proxy with a key of a service account for each scenario, on a machine whose metadata server is the stub.</summary>
public sealed class GoogleWorld : TokenWorld
{
    internal const string Account = "robot@project.example";

    private const string Provider = "credentials_provider: { type: workload_identity }";

    private static readonly string[] Scenarios = ["google", "google_sdk", "google_slow", "google_short", "google_down", "google_denied", "google_text", "google_subject"];

    private protected override IEnumerable<(string Name, string Value)> Environment => OnMachine($"127.0.0.1:{PlainPort.ToString(CultureInfo.InvariantCulture)}");

    internal override string Policy(string more = "api.example.com") => ExampleProxy.Settings.Replace(
        "records:\n", "records:\n    - { name: \"login.example.com\", type: A, value: \"127.0.0.1\" }\n", StringComparison.Ordinal) + """
        transforms:
          - name: allowlist
            config: { domains: [api.example.com, metadata.google.internal, oauth2.googleapis.com, MORE], cidrs: ["169.254.169.254/32"] }

        """.Replace("MORE", more, StringComparison.Ordinal)
        + string.Concat(Scenarios.Select(s => Entry("gcp_auth", s, $"keyfile_path: {s}.json, scopes: [\"https://a.test/x\", \"https://a.test/y\"]{(s == "google_subject" ? ", subject: user@example.com" : "")}")))
        + Entry("gcp_id_token", "google_id", "keyfile_path: google_id.json, audience: \"https://api.example.com\", header: X-Serverless-Authorization")
        + Entry("gcp_id_token", "google_id_short", "keyfile_path: google_id_short.json, audience: \"https://api.example.com\"")
        + Entry("gcp_auth", "machine", Provider + ", scopes: [\"https://a.test/x\", \"https://a.test/y\"]")
        + Entry("gcp_auth", "federated", Provider + ", scopes: [\"https://a.test/x\", \"https://a.test/y\"]");

    /// <summary>Runs a scenario behind another proxy, whose environment is another machine.</summary>
    internal async Task<(string Answer, string Error)> GetOnAsync((string Name, string Value)[] machine, string scenario)
    {
        Require();
        await using var proxy = await GatewayProcess.StartAsync(Folder, Policy(), machine);
        var mark = await proxy.MarkAsync();
        using var client = NewClient(proxy);
        var answer = await GetAsync(client, scenario);
        var record = (await proxy.RecordsSinceAsync(mark, 2))[^1];
        RequireNoSecret(proxy.Output);
        var annotations = Step(record, "gcp_auth");
        return (answer, annotations.TryGetProperty("error", out var error) ? error.GetString()! : ""); // It is text.
    }

    /// <summary>The environment of a machine, which has no files of gcloud.</summary>
    internal (string Name, string Value)[] OnMachine(string metadata) => [("GCE_METADATA_HOST", metadata), ("HOME", Folder.FullPath), ("CLOUDSDK_CONFIG", ""), ("GOOGLE_APPLICATION_CREDENTIALS", "")];

    /// <summary>The annotations of the one step of a kind that had to do with a request.</summary>
    internal static JsonElement Step(JsonElement record, string name) => record.GetProperty("request_transforms").EnumerateArray()
        .Single(t => t.GetProperty("name").GetString() == name && t.TryGetProperty("annotations", out _)).GetProperty("annotations");

    /// <summary>Writes the file of an identity of another cloud (workload identity federation), and what it names.</summary>
    internal string WriteFederation()
    {
        Folder.Write("subject-token", "canary-subject-token");
        return Folder.Write("federation.json", JsonSerializer.Serialize(new
        {
            type = "external_account",
            audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
            subject_token_type = "urn:ietf:params:oauth:token-type:jwt",
            token_url = $"http://127.0.0.1:{PlainPort.ToString(CultureInfo.InvariantCulture)}/sts",
            credential_source = new { file = Folder.File("subject-token") },
        }));
    }

    private protected override void WriteKeys()
    {
        foreach (var scenario in Scenarios.Append("google_id").Append("google_id_short"))
        {
            Folder.Write($"{scenario}.json", JsonSerializer.Serialize(new
            {
                type = "service_account",
                project_id = "the-project",
                private_key_id = "the-key-id",
                private_key = AssertionKey,
                client_email = Account,
                token_uri = $"https://login.example.com:{Port.ToString(CultureInfo.InvariantCulture)}/token/{scenario}",
            }));
        }
    }

    private static string Entry(string name, string scenario, string config) =>
        $$"""  - { name: {{name}}, config: { {{config}}, rules: [{ host: api.example.com, paths: ["/{{scenario}}"] }] } }""" + "\n";
}
