using System.Diagnostics;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>The quickstart without containers. Whatever happens, the proxy that it started ends and its folder goes.</summary>
internal sealed class DemoHandler(CliConsole console)
{
    private static readonly TimeSpan AuditWithin = TimeSpan.FromSeconds(10);

    private readonly DemoPrinter _printer = new(console.Out, new Paint(console.OutHasColor));

    public async Task<int> RunAsync(string? proxy, CancellationToken cancellation)
    {
        var executable = Locate(proxy);
        var secrets = new DemoSecrets();
        using var folder = new DemoFolder();

        using var workloadCa = WriteCa(folder, "ca", "iron-proxy demo CA");
        using var upstreamCa = WriteCa(folder, "upstream-ca", "iron-proxy demo upstream CA");
        using var upstreamLeaf = new LeafIssuer(upstreamCa, TimeSpan.FromDays(1), console.Time).Issue(LeafName.ForHost("httpbin.org"));
        await using var upstream = new DemoUpstream(upstreamLeaf);
        _printer.Setup(folder.Path, upstream, executable);

        var plan = Compile();
        await File.WriteAllBytesAsync(folder.File("proxy.plan.json"), PlanSerializer.Write(plan), cancellation);
        await using var process = ProxyProcess.Start(
            executable,
            folder.File("proxy.plan.json"),
            folder.Path,
            secrets.Environment.Append(new("SSL_CERT_FILE", folder.File("upstream-ca.crt"))));
        var tunnel = await process.WaitUntilReadyAsync(cancellation);
        _printer.Ready(plan.PolicyHash, tunnel);

        var client = new DemoClient(tunnel, workloadCa.Certificate);
        var right = 0;
        foreach (var request in DemoRequest.Quickstart)
        {
            var outcome = await SendAsync(client, request, upstream, process.Log, cancellation);
            var failures = DemoChecks.Failures(outcome, secrets);
            _printer.Outcome(DemoRequest.Quickstart.IndexOf(request) + 1, upstream.Port, outcome, failures);
            right += failures.Count == 0 ? 1 : 0;
        }

        _printer.Total(right, DemoRequest.Quickstart.Length);
        if (process.Log.Lines.Any(secrets.AppearIn))
        {
            console.Error.WriteLine("ironc: a line of iron-proxy's log holds a real secret");
            return ExitCode.Findings;
        }

        return right == DemoRequest.Quickstart.Length ? ExitCode.Ok : ExitCode.Findings;
    }

    private static async Task<DemoOutcome> SendAsync(
        DemoClient client,
        DemoRequest request,
        DemoUpstream upstream,
        ProxyLog log,
        CancellationToken cancellation)
    {
        var before = upstream.Count;
        var response = await client.SendAsync(request, upstream.Port, cancellation);
        var seen = upstream.Count > before ? upstream.Last : null;
        var audit = await log.WaitForAsync(line => IsRecordOf(line, request), AuditWithin, cancellation);
        return new DemoOutcome(request, response, seen, audit);
    }

    /// <summary>
    /// A denied tunnel leaves its own record; an allowed one leaves one beside that of the request inside, which is the
    /// one that tells the story.
    /// </summary>
    private static bool IsRecordOf(JsonElement line, DemoRequest request) =>
        line.ValueKind == JsonValueKind.Object
        && line.TryGetProperty("msg", out var message) && message.ValueEquals("request")
        && line.TryGetProperty("audit", out var audit)
        && audit.TryGetProperty("host", out var host) && host.ValueEquals(request.Host)
        && audit.TryGetProperty("method", out var method) && method.ValueEquals(request.Allowed ? "GET" : "CONNECT");

    private CertificateAuthority WriteCa(DemoFolder folder, string name, string commonName)
    {
        var ca = CaGenerator.Create(new CaOptions { CommonName = commonName, ValidFor = TimeSpan.FromDays(1) }, console.Time);
        Inputs.OutputFile.CreateNew(folder.File(name + ".key"), ca.PrivateKeyPem, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Inputs.OutputFile.CreateNew(folder.File(name + ".crt"), ca.CertificatePem, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return CertificateAuthority.Load(ca.CertificatePem, ca.PrivateKeyPem, console.Time);
    }

    private ProxyPlan Compile()
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", DemoOverlay.Apply(DemoOverlay.Quickstart(), DemoOverlay.Text)));
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor).Print(result.Diagnostics);
        return result.Plan ?? throw new UnreachableException("The quickstart does not compile with the overlay.");
    }

    private static string Locate(string? given)
    {
        var path = Path.GetFullPath(given ?? Path.Combine(AppContext.BaseDirectory, "iron-proxy"));
        return File.Exists(path)
            ? path
            : throw new CliException($"there is no iron-proxy at {path}: 'eng/publish.sh DIR' puts both programs into one folder, and --proxy names another");
    }
}
