using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Listeners;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Handling;

/// <summary>
/// Records the requests that the server itself refuses with an empty 400: they never reach the pipeline, and are announced
/// through a diagnostic event only.
/// </summary>
/// <param name="auditLog">Where records go.</param>
public sealed class RejectedRequests(AuditLog auditLog) : IObserver<KeyValuePair<string, object?>>
{
    /// <summary>The event's name.</summary>
    public const string EventName = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <inheritdoc />
    public void OnNext(KeyValuePair<string, object?> value)
    {
        // A request that reached the pipeline has a record already, as when its body turns out malformed there.
        if (value.Key != EventName
            || value.Value is not IFeatureCollection features
            || features.Get<AuditRecord>() is not null
            || features.Get<ProxyConnection>() is not { IsBrokenOff: false, Unwritten: null } connection
            || !connection.Listener.IsForWorkloads())
        {
            return;
        }

        var error = features.Get<IBadRequestExceptionFeature>()?.Error as BadHttpRequestException;
        var request = features.Get<IHttpRequestFeature>();
        var audit = auditLog.Begin();
        audit.Host = connection.Tunnel?.Host.Text ?? "";
        audit.Method = request?.Method ?? "";
        audit.Path = RequestReader.PathOf(request?.RawTarget ?? "");
        ConnectionRecords.DescribeRequest(audit, connection);
        audit.StatusCode = error?.StatusCode ?? StatusCodes.Status400BadRequest;
        audit.SentStatus = audit.StatusCode;
        audit.Reason = audit.StatusCode == StatusCodes.Status431RequestHeaderFieldsTooLarge ? Reason.HeadTooLarge
            : audit.StatusCode == StatusCodes.Status408RequestTimeout ? Reason.HeaderTimeout
            : Reason.MalformedRequest;
        audit.RejectedBy = AuditNames.Proxy;
        if (!auditLog.TryWriteRefusal(audit))
        {
            connection.Unwritten = audit;
        }
    }

    /// <inheritdoc />
    public void OnCompleted()
    {
        // The server is gone; nothing to do.
    }

    /// <inheritdoc />
    public void OnError(Exception error)
    {
        // Diagnostic listeners do not fail.
    }
}
