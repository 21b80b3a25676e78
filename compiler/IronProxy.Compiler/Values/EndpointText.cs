using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads addresses of servers: a host, which may be a name, and a port.</summary>
internal static class EndpointText
{
    /// <summary>The canonical authority with its port, or null; the bag says why.</summary>
    public static CanonicalAuthority? Parse(Located<string> text, DiagnosticBag bag)
    {
        if (CanonicalAuthority.TryParse(text.Value, out var authority) is null && authority.Port is not null)
        {
            return authority;
        }

        bag.EndpointInvalid(text.Span);
        return null;
    }
}
