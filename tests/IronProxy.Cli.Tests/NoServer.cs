using IronProxy.Pipeline.Transforms;

namespace IronProxy.Cli.Tests;

/// <summary>A server of a grpc transform that is not asked.</summary>
internal sealed class NoServer(TransformServerAddress address) : ITransformServer
{
    public static ITransformServer At(TransformServerAddress address) => new NoServer(address);

    public Task<TransformAnswer> AskAsync(TransformQuestion question, CancellationToken cancellation) => throw new InvalidOperationException($"{address} was asked.");

    public void Dispose()
    {
    }
}
