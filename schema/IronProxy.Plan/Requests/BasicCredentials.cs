using System.Buffers;

namespace IronProxy.Plan;

/// <summary>The credentials of an Authorization header with the scheme Basic (RFC 7617): a user and a password, in base64.</summary>
public static class BasicCredentials
{
    private const string Header = "Authorization";
    private const string Scheme = "Basic ";

    private static readonly SearchValues<char> Base64 =
        SearchValues.Create("+/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether a header can hold them. Proxy-Authorization is for this proxy and goes no further.</summary>
    public static bool MayBeIn(string header, string value) =>
        value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.Equals(Header, StringComparison.OrdinalIgnoreCase);

    /// <summary>Decodes the credentials.</summary>
    /// <param name="value">The value of a header.</param>
    /// <param name="credentials">User, colon and password, as bytes.</param>
    /// <returns>Whether they are of this scheme, in base64. What is not is nothing that anybody could read either.</returns>
    public static bool TryDecode(string value, out byte[] credentials)
    {
        credentials = [];
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var encoded = value.AsSpan(Scheme.Length).Trim(' ');

        // The decoder skips white space, which has no place in here.
        if (encoded.ContainsAnyExcept(Base64))
        {
            return false;
        }

        var decoded = new byte[System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        if (!Convert.TryFromBase64Chars(encoded, decoded, out var length))
        {
            return false;
        }

        credentials = decoded[..length];
        return true;
    }

    /// <summary>The value with other credentials; the scheme stays as it is spelled.</summary>
    public static string Encode(string value, ReadOnlySpan<byte> credentials) =>
        string.Concat(value.AsSpan(0, Scheme.Length), Convert.ToBase64String(credentials));
}
