namespace IronProxy.Compiler.Optimization;

/// <summary>That a rule of a set names a host under a condition. Ordered by host, set and condition.</summary>
internal readonly record struct HostUse(int Host, int Set, int When) : IComparable<HostUse>
{
    /// <inheritdoc />
    public int CompareTo(HostUse other)
    {
        var order = Host.CompareTo(other.Host);
        order = order != 0 ? order : Set.CompareTo(other.Set);
        return order != 0 ? order : When.CompareTo(other.When);
    }
}
