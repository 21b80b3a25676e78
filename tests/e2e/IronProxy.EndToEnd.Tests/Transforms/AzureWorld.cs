using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>A proxy with an entry of azure_auth for each scenario of tests/e2e/stubs/entra.py, on a machine whose metadata server is the stub and that has a workload identity.</summary>
public sealed class AzureWorld : TokenWorld
{
    internal const string ClientId = "00001111-aaaa-2222-bbbb-3333cccc4444";

    private const string Scope = "scope: \"https://management.azure.com/.default\"";

    private static readonly string[] WithSecret = ["secret", "slow", "short", "down", "denied", "text", "lines", "ended"];

    private static readonly string[] WithCertificate = ["certificate", "behind", "ahead", "late"];

    private protected override string Server => "entra.py";

    private protected override IEnumerable<string> ServerArguments => [Folder.File("application.crt"), Folder.File("token")];

    private protected override IEnumerable<(string Name, string Value)> Environment =>
        OnMachine([("AZURE_POD_IDENTITY_AUTHORITY_HOST", $"http://127.0.0.1:{PlainPort.ToString(CultureInfo.InvariantCulture)}")]);

    internal override string Policy(string more = "api.example.com") => ExampleProxy.Settings.Replace(
        "records:\n", "records:\n    - { name: \"login.example.com\", type: A, value: \"127.0.0.1\" }\n", StringComparison.Ordinal) + """
        transforms:
          - name: allowlist
            config: { domains: [api.example.com, login.microsoftonline.com, MORE], cidrs: ["169.254.169.254/32"] }

        """.Replace("MORE", more, StringComparison.Ordinal)
        + string.Concat(WithSecret.Select(s => Application(s, "client_secret: { type: env, var: SECRET }")))
        + Application("echoed", "client_secret: { type: env, var: SECRET }, scrub_responses: true")
        + string.Concat(WithCertificate.Select(s => Application(s, "client_certificate: { type: file, path: application.pem }")))
        + string.Concat(((string[])["federated", "turning"]).Select(s => Application(s, "federated_token: { type: file, path: token }")))
        + Entry("workload", $"credentials_provider: {{ type: workload_identity }}, {Authority}")
        + Entry("machine", "credentials_provider: { type: managed_identity }");

    private string Authority => $"authority_host: \"https://login.example.com:{Port.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>The environment of a pod, and what a machine has beside.</summary>
    internal (string Name, string Value)[] OnMachine((string Name, string Value)[] machine) =>
    [
        ("SECRET", "canary~secret +&=\u00e9"), ("AZURE_FEDERATED_TOKEN_FILE", Folder.File("token")), ("AZURE_TENANT_ID", "workload.example"), ("AZURE_CLIENT_ID", ClientId), .. machine,
    ];

    /// <summary>Runs a scenario behind another proxy, whose environment is another machine.</summary>
    internal async Task<(string Answer, JsonElement Annotations)> GetOnAsync((string Name, string Value)[] machine, string scenario)
    {
        Require();
        await using var proxy = await GatewayProcess.StartAsync(Folder, Policy(), machine);
        var mark = await proxy.MarkAsync();
        using var client = NewClient(proxy);
        var answer = await GetAsync(client, scenario);
        var record = (await proxy.RecordsSinceAsync(mark, 2))[^1];
        RequireNoSecret(proxy.Output);
        return (answer, Step(record));
    }

    internal static JsonElement Step(JsonElement record) => GoogleWorld.Step(record, "azure_auth");

    /// <summary>Puts another token of the issuer in the place of the one that was there.</summary>
    internal void TurnToken() => Folder.Write("token", $"canary-token-{Guid.NewGuid()}\n");

    private protected override void WriteKeys()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=application", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Folder.Write("application.crt", certificate.ExportCertificatePem());
        Folder.Write("application.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        TurnToken();
    }

    private string Application(string scenario, string config) => Entry(scenario, $"tenant_id: {scenario}.example, client_id: {ClientId}, {config}, {Authority}");

    private static string Entry(string scenario, string config) =>
        $$"""  - { name: azure_auth, config: { {{config}}, {{Scope}}, rules: [{ host: api.example.com, paths: ["/{{scenario}}"] }] } }""" + "\n";
}
