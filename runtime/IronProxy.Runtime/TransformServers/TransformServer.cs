using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.TransformServers.V1;

namespace IronProxy.Runtime.TransformServers;

/// <summary>A server of a grpc transform, asked over one channel. Its connections are opened with the first question, and again when they are lost.</summary>
internal sealed class TransformServer : ITransformServer
{
    private readonly GrpcChannel _channel;
    private readonly TransformService.TransformServiceClient _client;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    /// <summary>Takes a channel, which is disposed with the server.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="timeout">How long one answer may take.</param>
    /// <param name="time">The clock.</param>
    public TransformServer(GrpcChannel channel, TimeSpan timeout, TimeProvider time)
    {
        _channel = channel;
        _client = new TransformService.TransformServiceClient(channel);
        _timeout = timeout;
        _time = time;
    }

    /// <inheritdoc />
    public async Task<TransformAnswer> AskAsync(TransformQuestion question, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);

        // The deadline is told to the server as well, which need not go on behind it.
        var options = new CallOptions(deadline: (_time.GetUtcNow() + _timeout).UtcDateTime, cancellationToken: either.Token);
        try
        {
            return question.Response is { } response
                ? TransformMessages.Read(await _client.TransformResponseAsync(TransformMessages.ForResponse(question, response), options).ResponseAsync.ConfigureAwait(false))
                : TransformMessages.Read(await _client.TransformRequestAsync(TransformMessages.ForRequest(question), options).ResponseAsync.ConfigureAwait(false));
        }
        catch (RpcException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw Describe(e.Status);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();

    /// <summary>What a status says, which stands in the record. Its text, which may repeat anything, does not.</summary>
    private static TransformServerException Describe(Status status) => status switch
    {
        { DebugException: InvalidProtocolBufferException } => new(Reason.TransformInvalid, "its answer is no message of the service"),
        { DebugException: HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } } => new(Reason.TransformUnavailable, "its certificate or TLS handshake was not accepted"),
        { StatusCode: StatusCode.Unavailable } => new(Reason.TransformUnavailable, "it cannot be reached"),
        { StatusCode: StatusCode.DeadlineExceeded or StatusCode.Cancelled } => new(Reason.TransformUnavailable, "it did not answer in time"),
        { StatusCode: StatusCode.ResourceExhausted } => new(Reason.TransformUnavailable, "its answer is too large, or it has no room for the question"),
        _ => new(Reason.TransformUnavailable, $"it answered with the gRPC status {status.StatusCode}"),
    };
}
