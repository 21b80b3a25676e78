using System.Net;
using IronProxy.Runtime.Secrets;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

public sealed class StoreHttpTests
{
    [Theory]
    [InlineData(429, 2, HttpStatusCode.OK)]
    [InlineData(503, 2, HttpStatusCode.OK)]
    [InlineData(500, 2, HttpStatusCode.OK)]
    [InlineData(403, 1, HttpStatusCode.Forbidden)]
    [InlineData(404, 1, HttpStatusCode.NotFound)]
    public async Task Who_says_not_now_is_asked_once_more(int first, int requests, HttpStatusCode status)
    {
        await using var server = new BusyServer(first);
        await using var world = StoreWorld.Create();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url + "/v1/login") { Content = new ByteArrayContent("""{"role":"a"}"""u8.ToArray()) };

        var answer = await new StoreHttp(world.Http).SendAsync(request, m => new StartupException(m), CancellationToken.None);

        Assert.Equal(status, answer.Status);
        Assert.Equal(requests, server.Bodies.Count);
        Assert.All(server.Bodies, b => Assert.Equal("""{"role":"a"}""", b));
    }

    [Fact]
    public async Task It_is_not_asked_for_ever()
    {
        await using var server = new BusyServer(503, 503, 503);
        await using var world = StoreWorld.Create();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url);

        var answer = await new StoreHttp(world.Http).SendAsync(request, m => new StartupException(m), CancellationToken.None);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 2), (answer.Status, server.Bodies.Count));
    }

    private sealed class BusyServer : JsonServer
    {
        private readonly Queue<int> _statuses;

        public BusyServer(params int[] statuses)
        {
            _statuses = new(statuses);
            Listen();
        }

        public List<string> Bodies { get; } = [];

        protected override (int Status, string Body) Answer(ApiRequest request)
        {
            Bodies.Add(request.Body);
            return (_statuses.TryDequeue(out var status) ? status : 200, "{}");
        }
    }
}
