using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Listeners;

/// <summary>Finds listeners that cannot be bound beside each other. The DNS server binds TCP too.</summary>
internal static class ListenersValidator
{
    public static void Validate(ProxyFileConfig file, ValidationContext context)
    {
        var listeners = ListenerSettings.Read(file, context.Bag).All;
        for (var later = 1; later < listeners.Count; later++)
        {
            for (var earlier = 0; earlier < later; earlier++)
            {
                if (listeners[earlier] is { Address: { } a } one && listeners[later] is { Address: { } b } other && Collide(a, b))
                {
                    // At least one is written, because the defaults do not collide.
                    context.Bag.ListenersCollide(other.Span ?? one.Span ?? file.Span, one.Role.Key(), other.Role.Key(), b.ToString());
                }
            }
        }
    }

    /// <summary>Port 0 asks for a free port, so it never collides.</summary>
    private static bool Collide(ListenAddress a, ListenAddress b) =>
        a.Port == b.Port && a.Port != 0 && (IsWildcard(a) || IsWildcard(b) || a.Address == b.Address);

    private static bool IsWildcard(ListenAddress address) => address.Address is null or "0.0.0.0" or "::";
}
