using System.Runtime.CompilerServices;
using System.Security.Authentication;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Upstream;

/// <summary>Sends a request that every step let through, and waits for its response.</summary>
/// <param name="client">The client.</param>
/// <param name="headerTimeout">How long an upstream may take to begin its response.</param>
internal sealed class Forwarder(UpstreamClient client, TimeSpan headerTimeout)
{
    /// <summary>Makes the deadline of a request. It is disposed behind the response.</summary>
    public ResponseDeadline CreateDeadline(ProxiedRequest context) => new(headerTimeout, context.Aborted);

    /// <summary>Sends a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="deadline">Its deadline.</param>
    /// <returns>The response, or why there is none.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(UpstreamResponse? Response, Reason? Failure)> SendAsync(ProxiedRequest context, ResponseDeadline deadline)
    {
        var (response, failure) = await AskAsync(context, deadline).ConfigureAwait(false);
        if (response is null || deadline.TryStop())
        {
            return (response, failure);
        }

        await response.DisposeAsync().ConfigureAwait(false);
        return (null, context.Aborted.IsCancellationRequested ? Reason.ClientClosed : Reason.UpstreamTimeout);
    }

    /// <summary>Gets the head of the response, or the reason why there is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(UpstreamResponse? Response, Reason? Failure)> AskAsync(ProxiedRequest context, ResponseDeadline deadline)
    {
        if (RequestHead.CheckExpectation(context.Received.Find("Expect")) is { } unsupported)
        {
            return (null, unsupported);
        }

        try
        {
            var response = await client.SendAsync(context, deadline).ConfigureAwait(false);
            context.Audit.UpstreamStatus = response.Status;
            if (response.Status is >= StatusCodes.Status200OK and < 600 || response is UpgradedResponse)
            {
                return (response, null);
            }

            await response.DisposeAsync().ConfigureAwait(false);
            return (null, Reason.UpstreamProtocol);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return (null, Classify(e, context, deadline));
        }
    }

    private static Reason Classify(Exception error, ProxiedRequest context, ResponseDeadline deadline)
    {
        if (context.Body.Fault is { } fault)
        {
            return fault;
        }

        for (var e = error; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case UpstreamRefusedException refused:
                    return refused.Reason;
                case UpstreamBrokenException broken:
                    return broken.Reason;
                case AuthenticationException:
                    return Reason.UpstreamTls;
                case OperationCanceledException:
                    // .NET cancels the upload of a stream that the upstream has reset, and may tell of that alone.
                    return context.Aborted.IsCancellationRequested ? Reason.ClientClosed
                        : deadline.Token.IsCancellationRequested ? Reason.UpstreamTimeout
                        : Reason.UpstreamClosed;
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.ExtendedConnectNotSupported }:
                    return Reason.UpstreamProtocol;
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return Reason.UpstreamClosed;
            }
        }

        return Reason.UpstreamUnreachable;
    }
}
