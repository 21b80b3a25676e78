using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Requests;

/// <summary>The answer to a refused request: a status and a small JSON body that says why. Nothing in it comes from a secret.</summary>
public static class Denial
{
    /// <summary>What a client that must say who it is can show (RFC 9110, 11.7.1; RFC 7617, 2.1).</summary>
    public const string Challenge = "Basic realm=\"iron-proxy\", charset=\"UTF-8\"";

    /// <summary>The JSON body.</summary>
    public static byte[] Body(Reason reason, AuditRecord audit)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, reason.Status == 403 ? "denied"u8 : "refused"u8);
            json.WriteString("reason"u8, reason.Code);
            json.WriteString("message"u8, reason.Sentence);
            json.WriteString("host"u8, audit.Host);
            json.WriteString("policy"u8, audit.RejectedBy ?? AuditNames.Proxy);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Answers over HTTP.</summary>
    /// <param name="http">The request.</param>
    /// <param name="reason">Why it was refused.</param>
    /// <param name="audit">Its record.</param>
    /// <param name="bodyConsumed">Whether nothing of the request's body is left unread.</param>
    public static async Task WriteAsync(HttpContext http, Reason reason, AuditRecord audit, bool bodyConsumed)
    {
        var body = audit.DenialBody ?? Body(reason, audit);
        http.Response.Clear();
        http.Response.StatusCode = reason.Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;

        if (reason.Status == StatusCodes.Status407ProxyAuthenticationRequired)
        {
            http.Response.Headers.ProxyAuthenticate = Challenge;
        }

        // What is left of the body must never be read as the next request. HTTP/1.0 keeps connections, too, when asked to.
        if (!bodyConsumed && !HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.Headers.Connection = "close";
        }

        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
        }
    }
}
