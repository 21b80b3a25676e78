using System.Text.Json;

namespace IronProxy.Gateway;

/// <summary>The bytes of a plan, as they were read or compiled.</summary>
/// <param name="Plan">The bytes.</param>
/// <param name="Warnings">What the compiler found and let pass, at a reload; null when it found nothing, or was not asked.</param>
internal sealed record PolicyBytes(byte[] Plan, JsonElement? Warnings = null);
