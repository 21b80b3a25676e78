namespace IronProxy.Plan;

/// <summary>A file that a plan names. Without it iron-proxy does not start.</summary>
/// <param name="Path">Its path, relative to the proxy's working directory.</param>
/// <param name="At">Where it is written; 0:0 when a section names it.</param>
public sealed record FileUse(string Path, SourcePosition At)
{
    /// <summary>The key that names it, such as <c>tls.ca_key</c>, when a section does; null where <see cref="At"/> is set.</summary>
    public string? Key { get; init; }

    /// <summary>Whether nobody but the proxy may read it. Certificates are public.</summary>
    public bool IsSecret { get; init; } = true;
}
