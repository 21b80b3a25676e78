namespace IronProxy.Runtime.Audit;

/// <summary>Names in audit records that are not those of transforms.</summary>
public static class AuditNames
{
    /// <summary>Value of <c>rejected_by</c> and <c>policy</c> when the proxy itself refused and no transform was asked.</summary>
    public const string Proxy = "proxy";
}
