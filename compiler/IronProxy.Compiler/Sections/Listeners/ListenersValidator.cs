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
                if (listeners[earlier] is { Address: { } a } one && listeners[later] is { Address: { } b } other && a.Collides(b))
                {
                    // At least one is written, because the defaults do not collide.
                    context.Bag.ListenersCollide(other.Span ?? one.Span ?? file.Span, one.Role.Key(), other.Role.Key(), b.ToString());
                }
            }
        }
    }
}
