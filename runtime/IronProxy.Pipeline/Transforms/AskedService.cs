namespace IronProxy.Pipeline.Transforms;

/// <summary>Somebody whom a step asks about a request. Made for those who ask what a request would become alone.</summary>
/// <param name="Name">What the transform is called.</param>
/// <param name="Target">Who is asked.</param>
/// <param name="Sends">What of the request is sent there.</param>
/// <param name="OnFailure"><c>deny</c> or <c>skip</c>: what happens without an answer.</param>
/// <param name="Sees">Whether it is sent what is at a place, in the notation of the audit record.</param>
public sealed record AskedService(string Name, string Target, IReadOnlyList<string> Sends, string OnFailure, Predicate<string> Sees);
