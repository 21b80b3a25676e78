using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Runtime.Management;

/// <summary>A policy that was read.</summary>
/// <param name="Plan">Its plan.</param>
/// <param name="Warnings">What the compiler found and let pass, as it prints it for programs; null when it was not asked, or found nothing.</param>
public sealed record ReadPolicy(ProxyPlan Plan, JsonElement? Warnings = null);
