using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Exchanges credentials for a token at a token endpoint (RFC 6749, 3.2).</summary>
internal static class TokenRequest
{
    /// <summary>Longer answers are none of a token endpoint.</summary>
    private const int MaxAnswer = 1024 * 1024;

    /// <summary>A longer token fits into no header that servers take.</summary>
    private const int MaxToken = 32 * 1024;

    /// <summary>A token that is said to be good for longer is minted again behind this time.</summary>
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(30);

    /// <summary>The codes that an endpoint may answer with (RFC 6749, 5.2 and 4.1.2.1). Others are not repeated: they could be anything.</summary>
    private static readonly HashSet<string> Errors = new(StringComparer.Ordinal)
    {
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "access_denied", "server_error", "temporarily_unavailable",
    };

    /// <summary>Asks for a token.</summary>
    /// <param name="http">The way to the endpoint.</param>
    /// <param name="endpoint">Its URL.</param>
    /// <param name="form">What is sent as a form.</param>
    /// <param name="headers">Headers that are sent beside, spelled as they are written.</param>
    /// <param name="member">The member of the answer that the token is in.</param>
    /// <param name="rotated">Is given the refresh token that is to be used from now on, if there is another one, also when nothing else of the answer can be used.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">There is no token.</exception>
    public static async Task<MintedToken> SendAsync(
        HttpMessageInvoker http, string endpoint, IEnumerable<KeyValuePair<string, string>> form, IEnumerable<KeyValuePair<string, string>> headers,
        string member, Action<SecretValue>? rotated, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        return Read(response.StatusCode, await ReadAsync(response.Content, cancellation).ConfigureAwait(false), member, rotated);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        using var body = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var bytes = new ArrayBufferWriter<byte>(4096);
        while (await body.ReadAsync(bytes.GetMemory(4096), cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > MaxAnswer)
            {
                throw new MintingFailedException("the answer of the token endpoint is too long");
            }
        }

        return bytes.WrittenMemory;
    }

    private static MintedToken Read(HttpStatusCode status, ReadOnlyMemory<byte> body, string member, Action<SecretValue>? rotated)
    {
        JsonDocument? json = null;
        try
        {
            json = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            // It says where it is no JSON, and by that what is there.
        }

        using (json)
        {
            if (status is < HttpStatusCode.OK or >= HttpStatusCode.MultipleChoices)
            {
                var error = Text(json, "error") is { } code && Errors.Contains(code) ? $" ({code})" : "";
                throw new MintingFailedException($"the token endpoint answered with status {(int)status}{error}");
            }

            if (Text(json, "refresh_token") is { Length: > 0 } next)
            {
                rotated?.Invoke(new SecretValue(next)); // The one before is worth nothing any more, whatever else is wrong.
            }

            if (Text(json, member) is not { Length: > 0 } token)
            {
                throw new MintingFailedException($"the token endpoint answered without an {member}");
            }

            if (!HeaderName.IsValidValue(token) || !Ascii.IsValid(token) || token.Length > MaxToken)
            {
                throw new MintingFailedException($"the token endpoint answered with an {member} that cannot be sent in a header");
            }

            return new MintedToken(new SecretValue(token), Lifetime(json));
        }
    }

    /// <summary>The lifetime in seconds, which some write as text.</summary>
    private static TimeSpan? Lifetime(JsonDocument? json)
    {
        var known = Member(json, "expires_in") switch
        {
            { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
            _ => double.TryParse(Text(json, "expires_in"), CultureInfo.InvariantCulture, out var number) ? number : (double?)null,
        };
        return known switch
        {
            null or double.NaN => null,
            <= 0 => throw new MintingFailedException("the token endpoint answered with a token that has ended"),
            { } seconds when seconds > MaxLifetime.TotalSeconds => MaxLifetime,
            { } seconds => TimeSpan.FromSeconds(seconds),
        };
    }

    private static string? Text(JsonDocument? json, string name)
    {
        try
        {
            return Member(json, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half a surrogate pair is JSON, but no text.
        }
    }

    private static JsonElement? Member(JsonDocument? json, string name)
    {
        try
        {
            return json?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException)
        {
            return null; // A name that is no text stands in front of it.
        }
    }
}
