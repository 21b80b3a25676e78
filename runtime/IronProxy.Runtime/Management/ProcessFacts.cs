using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Management;

/// <summary>What stays as it is while the process runs.</summary>
/// <param name="Started">When it was started.</param>
/// <param name="Endpoints">Where it listens.</param>
/// <param name="Dns">Where its DNS server listens; null without one.</param>
internal sealed record ProcessFacts(DateTimeOffset Started, IReadOnlyDictionary<ListenerRole, IPEndPoint> Endpoints, IPEndPoint? Dns);
