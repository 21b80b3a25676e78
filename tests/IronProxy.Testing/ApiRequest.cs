namespace IronProxy.Testing;

/// <summary>What a <see cref="JsonServer"/> was asked.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query, as they came.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The body.</param>
public sealed record ApiRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);
