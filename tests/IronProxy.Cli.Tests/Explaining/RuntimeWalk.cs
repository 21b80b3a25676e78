using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Requests;
using IronProxy.Runtime.Secrets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace IronProxy.Cli.Tests.Explaining;

/// <summary>What <c>iron-proxy</c> does with a request behind its sockets.</summary>
internal sealed class RuntimeWalk(PlanPolicy policy) : IDisposable
{
    private readonly RequestLimits _limits = new(ProxyLimits.Create(null, 1024), new ProxyMetrics(), TimeProvider.System);
    private readonly SecretStore _secrets = new(
        new SecretReader(new HostAccess(_ => "the-real-value", _ => Google.Key, OpenFiles: 1024), NoHttp.Invoker, _ => NoHttp.Invoker), Google.Invoker, new ProxyMetrics(), NullLogger<SecretStore>.Instance, TimeProvider.System);

    private StepPipeline _steps = null!; // Set by StartAsync.

    /// <summary>Makes the steps, and reads their secrets.</summary>
    public static async Task<RuntimeWalk> StartAsync(PlanPolicy policy)
    {
        var walk = new RuntimeWalk(policy);
        walk._steps = new StepPipeline(policy, PolicyParts.Create(policy.Plan, new StepServices(walk._secrets, new RotatedTokens(), NoServer.At, NoModel.Of, TimeProvider.System)), TimeProvider.System);
        await walk._secrets.ReadAllAsync(CancellationToken.None);
        return walk;
    }

    public void Dispose() => _limits.Dispose();

    /// <summary>Whether the runtime has all that a plan asks for, and nobody is asked over a network: no store of secrets, and nobody who decides.</summary>
    public static bool Runs(ProxyPlan plan) => !MissingPart.Of(plan).Any() && plan.Steps.All(s => s is not (GrpcStepPlan or JudgeStepPlan)) && plan.Sources.All(s => s is EnvSourcePlan or FileSourcePlan);

    /// <summary>Verdict, reason and line, as the audit record has them.</summary>
    public async Task<(bool Allowed, string? Reason, int Line)> DecideAsync(NaiveRequest asked)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(asked.Method, asked.Url, out var request));
        if (asked.Method == "CONNECT")
        {
            var decision = policy.DecideAllowlists(policy.Matcher.FindHost(request.Host), CanonicalRequest.Destination(request.Host, request.Port, client: null), out var decider);
            return (decision.Allowed, decision.Denial?.Code, (decision.Rule?.At ?? decider?.At)?.Line ?? 0);
        }

        var audit = new AuditRecord(0);
        if (policy.Visible(request).IsDestination)
        {
            var passed = await _steps.RunAsync(new HiddenRequest(policy, policy.Visible(request), audit));
            return (passed.Continues, passed.Rejection?.Code, audit.Rule?.Line ?? 0);
        }

        var http = new DefaultHttpContext();
        foreach (var (name, value) in asked.Headers)
        {
            http.Request.Headers.Append(name, value);
        }

        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(asked.Body ?? ""));
        using var body = new ReceivedBody(http.Request, exists: asked.Body is not null, _limits);
        using var response = new ResponseWait(http, _limits.Stalls);
        var context = new ProxiedRequest(policy, request, http, body, response, audit);
        var outcome = await _steps.RunAsync(context);
        return (outcome.Continues, outcome.Rejection?.Code, audit.Rule?.Line ?? 0);
    }

    /// <summary>Gives a token to whoever asks, and is the file with the key that it is asked with.</summary>
    private sealed class Google : HttpMessageHandler
    {
        public static HttpMessageInvoker Invoker { get; } = new(new Google());

        public static string Key { get; } = MakeKey();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"access_token":"the-token","expires_in":3600}""") });

        private static string MakeKey()
        {
            using var key = RSA.Create(2048);
            return JsonSerializer.Serialize(new Dictionary<string, string> { ["type"] = "service_account", ["client_email"] = "a@example.com", ["private_key"] = key.ExportPkcs8PrivateKeyPem() });
        }
    }
}
