using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Swaps the placeholder of one entry in the messages of a client, as in bodies.</summary>
/// <param name="entry">The entry, with its value at hand.</param>
/// <param name="policy">What decides.</param>
/// <param name="request">The request that opened the WebSocket.</param>
/// <param name="report">Where it is said what was swapped.</param>
internal sealed class SwappedMessages(ILive<Secret> entry, PlanPolicy policy, CanonicalRequest request, MessageReport report) : ISentMessages
{
    /// <inheritdoc />
    public async ValueTask<(byte[]? Changed, Reason? Refusal)> RunAsync(ReadOnlyMemory<byte> message, bool isText, CancellationToken cancellation)
    {
        Secret secret;
        try
        {
            secret = await entry.GetAsync(cancellation).ConfigureAwait(false);
        }
        catch (SecretUnavailableException)
        {
            return (null, Reason.CredentialUnavailable);
        }

        var placeholder = secret.Placeholder!; // Only entries in replace mode look at messages.
        var format = isText ? MessageFormat.Of(message.Span) : BodyFormat.Raw;
        if (placeholder.CountInBody(message.Span, format) == 0)
        {
            return (null, null);
        }

        if (!PlanPolicy.MayTravel(secret.Plan, request))
        {
            return (null, Reason.SecretOverPlaintext);
        }

        var value = format.Encode(secret.Value.Reveal());
        if (policy.DecideWholeBody(placeholder.LengthInBody(message.Span, format, value.Length)) is { } tooLarge)
        {
            return (null, tooLarge);
        }

        report.AddSwapped(secret.Plan.Name);
        return (placeholder.ReplaceInBody(message.Span, format, value), null);
    }
}
