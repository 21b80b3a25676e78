using System.Collections.Immutable;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Audit;

/// <summary>Names in audit records that are not those of transforms.</summary>
public static class AuditNames
{
    /// <summary>Value of <c>rejected_by</c> and <c>policy</c> when the proxy itself refused and no transform was asked.</summary>
    public const string Proxy = DecisionRecord.Proxy;

    /// <summary>Values of <c>action</c>: let through, refused, or answered by a transform.</summary>
    public static readonly ImmutableArray<string> Actions = ["allow", "reject", "stub"];

    /// <summary>Value of <c>action</c>.</summary>
    public static string ActionOf(AuditRecord record) => Actions[record.Reason is not null ? 1 : record.IsAnswered ? 2 : 0];

    /// <summary>Value of <c>type</c> of a message of MCP.</summary>
    public static string Of(JsonRpcMessageType type) => type switch
    {
        JsonRpcMessageType.Request => "request",
        JsonRpcMessageType.Notification => "notification",
        JsonRpcMessageType.Error => "error",
        _ => "response",
    };

    /// <summary>Value of <c>outcome</c>.</summary>
    public static string Of(RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Refused => "refused",
        RequestOutcome.Opened => "opened",
        RequestOutcome.Delivered => "delivered",
        RequestOutcome.UpstreamFailed => "upstream_failed",
        RequestOutcome.UploadFailed => "upload_failed",
        RequestOutcome.CutOff => "cut_off",
        RequestOutcome.ClientLeft => "client_left",
        RequestOutcome.ClientStalled => "client_stalled",
        RequestOutcome.Withdrawn => "withdrawn",
        RequestOutcome.TimedOut => "timed_out",
        _ => "failed",
    };
}
