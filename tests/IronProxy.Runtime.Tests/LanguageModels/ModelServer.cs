using System.Collections.Concurrent;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.LanguageModels;

/// <summary>A server that answers every question with the same.</summary>
internal sealed class ModelServer : JsonServer
{
    private readonly int _status;
    private readonly string _body;

    private ModelServer(int status, string body)
    {
        (_status, _body) = (status, body);
        Listen();
    }

    public ConcurrentQueue<ApiRequest> Requests { get; } = [];

    public static ModelServer Start(int status, string body) => new(status, body);

    protected override (int Status, string Body) Answer(ApiRequest request)
    {
        Requests.Enqueue(request);
        return (_status, _body);
    }
}
