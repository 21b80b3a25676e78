namespace IronProxy.Runtime.Audit;

/// <summary>Names in audit records that are not those of transforms.</summary>
public static class AuditNames
{
    /// <summary>Value of <c>rejected_by</c> and <c>policy</c> when the proxy itself refused and no transform was asked.</summary>
    public const string Proxy = "proxy";

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
        _ => "failed",
    };
}
