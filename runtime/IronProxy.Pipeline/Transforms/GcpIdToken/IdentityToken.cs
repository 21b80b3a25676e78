using System.Buffers.Text;
using System.Text.Json;

namespace IronProxy.Pipeline.Transforms;

/// <summary>A token that says who its bearer is (OpenID Connect Core, 2).</summary>
internal static class IdentityToken
{
    /// <summary>How long one is good from when it was made, by its own two times: whoever gives it out says nothing beside. Our clock is not asked.</summary>
    /// <exception cref="MintingFailedException">It is no such token.</exception>
    public static TimeSpan LifetimeOf(SecretValue token)
    {
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Reveal().Split('.')[1]));
            var seconds = claims.RootElement.GetProperty("exp").GetDouble() - claims.RootElement.GetProperty("iat").GetDouble();
            return seconds is > 0 and < int.MaxValue ? TimeSpan.FromSeconds(seconds) : throw new MintingFailedException("the token endpoint answered with an id_token that has ended");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new MintingFailedException("the token endpoint answered with an id_token that cannot be read"); // Not as the cause: it quotes the token.
        }
    }
}
