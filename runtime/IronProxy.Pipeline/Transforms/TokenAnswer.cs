using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What somebody answered who was asked for a token: a JSON object, or anything else. Nothing of it is repeated in a message.</summary>
internal sealed class TokenAnswer : IDisposable
{
    /// <summary>Longer answers hold no token.</summary>
    private const int MaxAnswer = 1024 * 1024;

    /// <summary>A longer token fits into no header that servers take.</summary>
    private const int MaxToken = 32 * 1024;

    private readonly string _who;
    private readonly JsonDocument? _json;

    private TokenAnswer(HttpResponseMessage response, string who, JsonDocument? json)
    {
        _who = who;
        _json = json;
        Status = response.StatusCode;
        Date = response.Headers.Date;
    }

    /// <summary>The status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>Whether the status says that there is a token.</summary>
    public bool Succeeded => Status is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices;

    /// <summary>The clock of whoever answered; null when it does not say.</summary>
    public DateTimeOffset? Date { get; }

    /// <summary>Asks, and reads the answer.</summary>
    /// <param name="http">The way there.</param>
    /// <param name="request">The question.</param>
    /// <param name="who">What messages call whoever is asked.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">The answer is too long.</exception>
    public static async Task<TokenAnswer> AskAsync(HttpMessageInvoker http, HttpRequestMessage request, string who, CancellationToken cancellation)
    {
        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        var body = await ReadAsync(response.Content, who, cancellation).ConfigureAwait(false);
        try
        {
            return new TokenAnswer(response, who, JsonDocument.Parse(body));
        }
        catch (JsonException)
        {
            return new TokenAnswer(response, who, null); // It says where it is no JSON, and by that what is there.
        }
    }

    /// <summary>A token that can be sent in a header.</summary>
    /// <param name="member">The member that it is in.</param>
    /// <exception cref="MintingFailedException">There is none.</exception>
    public SecretValue Token(string member)
    {
        if (Text(member) is not { Length: > 0 } token)
        {
            throw new MintingFailedException($"{_who} answered without {Article(member)} {member}");
        }

        return HeaderName.IsValidValue(token) && Ascii.IsValid(token) && token.Length <= MaxToken
            ? new SecretValue(token)
            : throw new MintingFailedException($"{_who} answered with {Article(member)} {member} that cannot be sent in a header");
    }

    /// <summary>A member that is text; null when it is none.</summary>
    public string? Text(string name)
    {
        try
        {
            return Member(name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half a surrogate pair is JSON, but no text.
        }
    }

    /// <summary>A member; null when there is none.</summary>
    public JsonElement? Member(string name)
    {
        try
        {
            return _json?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException)
        {
            return null; // A name that is no text stands in front of it.
        }
    }

    /// <inheritdoc />
    public void Dispose() => _json?.Dispose();

    private static string Article(string member) => member[0] is 'a' or 'i' ? "an" : "a";

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, string who, CancellationToken cancellation)
    {
        using var body = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var bytes = new ArrayBufferWriter<byte>(4096);
        while (await body.ReadAsync(bytes.GetMemory(4096), cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > MaxAnswer)
            {
                throw new MintingFailedException($"the answer of {who} is too long");
            }
        }

        return bytes.WrittenMemory;
    }
}
