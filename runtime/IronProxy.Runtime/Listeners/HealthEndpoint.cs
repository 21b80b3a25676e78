using System.Text;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Listeners;

/// <summary>The metrics listener: <c>/healthz</c> says that the process runs, <c>/readyz</c> that it accepts requests.</summary>
public sealed class HealthEndpoint
{
    private volatile bool _ready;

    /// <summary>Says whether requests are accepted.</summary>
    public void SetReady(bool ready) => _ready = ready;

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        var (status, text) = http.Request.Path.Value switch
        {
            _ when !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method) => (405, "method not allowed\n"),
            "/healthz" => (200, "ok\n"),
            "/readyz" => _ready ? (200, "ready\n") : (503, "not ready\n"),
            _ => (404, "not found\n"),
        };
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = text.Length;
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : http.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text), http.RequestAborted).AsTask();
    }
}
