using IronProxy.Plan.Serialization;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace IronProxy.Runtime.Management;

/// <summary>
/// The management listener: whoever has the key reloads the policy and sees how the process is doing. Without the key all paths are alike. What is
/// answered holds no secret.
/// </summary>
internal sealed partial class ManagementEndpoint
{
    /// <summary>A request to explain is the one body that is read. A longer one is refused, so that nobody feeds the process.</summary>
    private const int MaxBodyBytes = 64 * 1024;

    private readonly ManagementKey _key;
    private readonly CancellationToken _stopping;
    private readonly ILogger<ManagementEndpoint> _logger;
    private readonly SparseLog _sparse;
    private readonly Dictionary<string, Route> _routes;

    /// <summary>Makes the endpoint.</summary>
    /// <param name="key">The key of those who may ask.</param>
    /// <param name="reload">Reloads the policy.</param>
    /// <param name="status">How the process is doing.</param>
    /// <param name="connections">The connections that are open.</param>
    /// <param name="requests">Requests as they are recorded.</param>
    /// <param name="explanation">What would become of a request.</param>
    /// <param name="policies">The policy that runs.</param>
    /// <param name="logger">Where it is said that somebody has no key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends reloads with the process. A client that goes away ends none.</param>
    public ManagementEndpoint(
        ManagementKey key, PolicyReload reload, StatusReport status, ConnectionReport connections, RequestStream requests, AskedExplanation explanation,
        CurrentPolicy policies, ILogger<ManagementEndpoint> logger, TimeProvider time, CancellationToken stopping)
    {
        _key = key;
        _stopping = stopping;
        _logger = logger;
        _sparse = new SparseLog(time);
        _routes = new Dictionary<string, Route>(StringComparer.Ordinal)
        {
            ["/v1/reload"] = new("POST", async _ => ReloadReport.Answer(await reload.RunAsync("management API", _stopping).ConfigureAwait(false))),
            ["/v1/status"] = Route.OfReport(status.Read),
            ["/v1/plan"] = Route.OfReport(() => new ManagementAnswer(200, PlanSerializer.Write(policies.Active.Compiled))),
            ["/v1/connections"] = Route.OfReport(connections.Read),
            ["/v1/requests"] = new("GET", requests.ServeAsync),
            ["/v1/explain"] = new("POST", explanation.AnswerAsync),
        };
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyBytes;
        }

        if (await AnswerAsync(http).ConfigureAwait(false) is not { } answer)
        {
            return;
        }

        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = answer.Body.Length;
        http.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <returns>Null when it was answered already.</returns>
    private async Task<ManagementAnswer?> AnswerAsync(HttpContext http)
    {
        if (!_key.IsIn(http.Request.Headers.Authorization))
        {
            return RefuseStranger(http);
        }

        if (http.Request.ContentLength > MaxBodyBytes)
        {
            return RefuseBody(http);
        }

        if (!_routes.TryGetValue(http.Request.Path.Value ?? "", out var route))
        {
            return ManagementAnswer.Error(404, "not_found", $"There is {string.Join(", ", _routes.Select(r => $"{r.Value.Methods} {r.Key}"))}.");
        }

        if (!route.Methods.Split(", ").Contains(http.Request.Method, StringComparer.Ordinal))
        {
            http.Response.Headers.Allow = route.Methods;
            return ManagementAnswer.Error(405, "method_not_allowed", $"{http.Request.Path} takes {route.Methods}.");
        }

        try
        {
            return await route.AnswerAsync(http).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return RefuseBody(http);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return ManagementAnswer.Error(503, "stopping", "The proxy was told to stop.");
        }
    }

    private static ManagementAnswer RefuseBody(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return ManagementAnswer.Error(413, "body_too_large", $"{MaxBodyBytes} bytes are the most that a body may have.");
    }

    /// <summary>RFC 6750, 3: who has presented nothing is told no reason. The connection ends, so that guesses cost one each.</summary>
    private ManagementAnswer RefuseStranger(HttpContext http)
    {
        if (_sparse.IsDue())
        {
            LogStranger(http.Features.Get<ProxyConnection>()?.RemoteAddress?.ToString() ?? "");
        }

        http.Response.Headers.Connection = "close";
        http.Response.Headers[HeaderNames.WWWAuthenticate] = http.Request.Headers.Authorization.Count == 0
            ? "Bearer realm=\"iron-proxy\""
            : "Bearer realm=\"iron-proxy\", error=\"invalid_token\"";
        return ManagementAnswer.Error(401, "unauthorized", "Present the key of the management API: Authorization: Bearer KEY.");
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Warning, Message = "{remote} asked the management API without its key; what else of that kind comes within 10 s has no line")]
    private partial void LogStranger(string remote);

    /// <param name="Methods">The methods, as the header Allow lists them.</param>
    /// <param name="AnswerAsync">Answers, with an object or by itself.</param>
    private sealed record Route(string Methods, Func<HttpContext, Task<ManagementAnswer?>> AnswerAsync)
    {
        /// <summary>A route that tells how something is.</summary>
        public static Route OfReport(Func<ManagementAnswer> read) => new("GET, HEAD", _ => Task.FromResult<ManagementAnswer?>(read()));
    }
}
