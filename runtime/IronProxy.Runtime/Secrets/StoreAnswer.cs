using System.Net;

namespace IronProxy.Runtime.Secrets;

/// <summary>What a store of secrets answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body, which may hold a secret.</param>
internal readonly record struct StoreAnswer(HttpStatusCode Status, byte[] Body);
