namespace IronProxy.Cli.Tests;

/// <summary>A way to nowhere: nothing is asked while a request is explained, or while steps are made.</summary>
internal sealed class NoHttp : HttpMessageHandler
{
    public static HttpMessageInvoker Invoker { get; } = new(new NoHttp());

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"{request.RequestUri} was asked.");
}
