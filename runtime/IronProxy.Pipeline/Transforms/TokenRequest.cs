using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Exchanges credentials for a token at a token endpoint (RFC 6749, 3.2).</summary>
internal static class TokenRequest
{
    private const string Endpoint = "the token endpoint";

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

        using var answer = await TokenAnswer.AskAsync(http, request, Endpoint, cancellation).ConfigureAwait(false);
        return Read(answer, member, rotated);
    }

    /// <summary>Asks for a token whoever has it for the machine, with a GET that says nothing of a credential.</summary>
    /// <param name="http">The way there.</param>
    /// <param name="url">What is asked.</param>
    /// <param name="header">A header without which there is no answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">There is no token.</exception>
    public static async Task<MintedToken> GetAsync(HttpMessageInvoker http, string url, KeyValuePair<string, string> header, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        using var answer = await TokenAnswer.AskAsync(http, request, Endpoint, cancellation).ConfigureAwait(false);
        return Read(answer, "access_token", rotated: null);
    }

    private static MintedToken Read(TokenAnswer answer, string member, Action<SecretValue>? rotated)
    {
        if (!answer.Succeeded)
        {
            throw new MintingFailedException($"{Endpoint} answered with status {(int)answer.Status}{ErrorOf(answer)}");
        }

        if (answer.Text("refresh_token") is { Length: > 0 } next)
        {
            rotated?.Invoke(new SecretValue(next)); // The one before is worth nothing any more, whatever else is wrong.
        }

        return new MintedToken(answer.Token(member), Lifetime(answer));
    }

    /// <summary>The registered code, and the number by which Microsoft Entra tells what is meant.</summary>
    private static string ErrorOf(TokenAnswer answer)
    {
        var number = answer.Member("error_codes") is { ValueKind: JsonValueKind.Array } codes && codes.GetArrayLength() > 0 && codes[0] is { ValueKind: JsonValueKind.Number } first && first.TryGetInt32(out var value)
            ? $", AADSTS{value.ToString(CultureInfo.InvariantCulture)}"
            : "";
        return answer.Text("error") is { } code && Errors.Contains(code) ? $" ({code}{number})" : "";
    }

    /// <summary>The lifetime in seconds, which some write as text. Some say when the token ends instead, which is measured by their own clock.</summary>
    private static TimeSpan? Lifetime(TokenAnswer answer)
    {
        var known = Number(answer, "expires_in") ?? (answer.Date is { } date ? Number(answer, "expires_on") - date.ToUnixTimeSeconds() : null);
        return known switch
        {
            null or double.NaN => null,
            <= 0 => throw new MintingFailedException($"{Endpoint} answered with a token that has ended"),
            { } seconds when seconds > MaxLifetime.TotalSeconds => MaxLifetime,
            { } seconds => TimeSpan.FromSeconds(seconds),
        };
    }

    private static double? Number(TokenAnswer answer, string member) => answer.Member(member) switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        _ => double.TryParse(answer.Text(member), CultureInfo.InvariantCulture, out var number) ? number : null,
    };
}
