namespace IronProxy.Pipeline.Transforms;

/// <summary>What a server of a grpc transform is shown.</summary>
/// <param name="Origin">The connection that the request came in.</param>
/// <param name="Request">The request, as it is at the transform's place.</param>
/// <param name="Response">The response; null while there is none.</param>
public sealed record TransformQuestion(RequestOrigin Origin, ShownRequest Request, ShownResponse? Response);

/// <summary>What a server of a grpc transform answers.</summary>
/// <param name="Rejects">Whether the request or response ends here.</param>
/// <param name="Request">The request to send instead; null when it stays.</param>
/// <param name="Response">The response to send instead, or the words of a rejection; null when there is none.</param>
/// <param name="Annotations">What it says for the record.</param>
public sealed record TransformAnswer(bool Rejects, ShownRequest? Request, ShownResponse? Response, IReadOnlyDictionary<string, string> Annotations);

/// <summary>A request as a server of a grpc transform sees it.</summary>
/// <param name="Method">The method. Empty in an answer that leaves it.</param>
/// <param name="Url">The whole URL. Empty in an answer that leaves it.</param>
/// <param name="Host">Host, and port where it is not the scheme's. Empty in an answer that leaves it.</param>
/// <param name="Headers">The headers. Empty in an answer that leaves them.</param>
/// <param name="Body">The body; null when it is not shown, or left as it is.</param>
public sealed record ShownRequest(string Method, string Url, string Host, IReadOnlyList<ShownHeader> Headers, ReadOnlyMemory<byte>? Body);

/// <summary>A response as a server of a grpc transform sees it.</summary>
/// <param name="Status">Status code. 0 in an answer that leaves it.</param>
/// <param name="Headers">The headers. Empty in an answer that leaves them.</param>
/// <param name="Body">The body; null when it is not shown, or left as it is.</param>
public sealed record ShownResponse(int Status, IReadOnlyList<ShownHeader> Headers, ReadOnlyMemory<byte>? Body);

/// <summary>A header, with the values of all its lines.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">Its values, as text.</param>
public sealed record ShownHeader(string Name, IReadOnlyList<string> Values);
