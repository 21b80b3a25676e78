using Google.Protobuf;
using Google.Protobuf.Collections;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.TransformServers.V1;

namespace IronProxy.Runtime.TransformServers;

/// <summary>Writes questions to servers of grpc transforms as messages, and reads their answers.</summary>
internal static class TransformMessages
{
    public static TransformRequestRequest ForRequest(TransformQuestion question) => new() { Context = Write(question.Origin), Request = Write(question) };

    public static TransformResponseRequest ForResponse(TransformQuestion question, ShownResponse response) =>
        new() { Context = Write(question.Origin), Request = Write(question), Response = Write(response) };

    /// <exception cref="TransformServerException">It does not say what to do.</exception>
    public static TransformAnswer Read(TransformRequestResponse answer) =>
        new(Rejects(answer.Action), answer.ModifiedRequest is { } request ? Read(request) : null, answer.Response is { } response ? Read(response) : null, answer.Annotations);

    /// <exception cref="TransformServerException">It does not say what to do.</exception>
    public static TransformAnswer Read(TransformResponseResponse answer) =>
        new(Rejects(answer.Action), null, answer.ModifiedResponse is { } response ? Read(response) : null, answer.Annotations);

    private static bool Rejects(TransformAction action) => action switch
    {
        TransformAction.Continue => false,
        TransformAction.Reject => true,
        _ => throw new TransformServerException(Reason.TransformInvalid, "it says neither continue nor reject"),
    };

    private static TransformContext Write(RequestOrigin origin) => new()
    {
        Sni = origin.ServerName ?? "",
        Tunnel = origin.Tunnel is { } target ? new TunnelInfo { Target = target } : null,
    };

    private static HttpRequest Write(TransformQuestion question)
    {
        var request = question.Request;
        var message = new HttpRequest { Method = request.Method, Url = request.Url, Host = request.Host, RemoteAddr = question.Origin.RemoteAddress ?? "" };
        Write(request.Headers, message.Headers);
        if (request.Body is { } body)
        {
            message.Body = UnsafeByteOperations.UnsafeWrap(body); // Nothing changes it while it is sent.
        }

        return message;
    }

    private static HttpResponse Write(ShownResponse response)
    {
        var message = new HttpResponse { StatusCode = response.Status };
        Write(response.Headers, message.Headers);
        if (response.Body is { } body)
        {
            message.Body = UnsafeByteOperations.UnsafeWrap(body);
        }

        return message;
    }

    private static void Write(IReadOnlyList<ShownHeader> headers, MapField<string, HeaderValues> to)
    {
        foreach (var header in headers)
        {
            var values = new HeaderValues();
            values.Values.AddRange(header.Values);
            to.Add(header.Name, values);
        }
    }

    private static ShownRequest Read(HttpRequest request) =>
        new(request.Method, request.Url, request.Host, Read(request.Headers), Body(request.HasBody, request.Body));

    private static ShownResponse Read(HttpResponse response) =>
        new(response.StatusCode, Read(response.Headers), Body(response.HasBody, response.Body));

    /// <summary>An empty body is one.</summary>
    private static ReadOnlyMemory<byte>? Body(bool has, ByteString body) => has ? new ReadOnlyMemory<byte>?(body.Memory) : null;

    private static List<ShownHeader> Read(MapField<string, HeaderValues> headers) => [.. headers.Select(h => new ShownHeader(h.Key, h.Value.Values))];
}
