using System.Security.Cryptography;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols;

/// <summary>
/// A user name and a password that a client shows to the proxy. The password is kept as its hash alone: it can be compared, in a time that says nothing about it,
/// and not be written anywhere.
/// </summary>
public sealed class ShownCredentials
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _password;

    private ShownCredentials(string? username, byte[] password)
    {
        Username = username;
        _password = password;
    }

    /// <summary>What was shown and cannot be read: nobody's.</summary>
    public static ShownCredentials Unreadable { get; } = new(null, []);

    /// <summary>The user name. Null when it cannot be read.</summary>
    public string? Username { get; }

    /// <summary>Reads a user name and a password, each in UTF-8.</summary>
    public static ShownCredentials Of(ReadOnlySpan<byte> username, ReadOnlySpan<byte> password)
    {
        try
        {
            return new ShownCredentials(Strict.GetString(username), SHA256.HashData(password));
        }
        catch (DecoderFallbackException)
        {
            return Unreadable;
        }
    }

    /// <summary>Reads the value of Proxy-Authorization: the scheme Basic (RFC 7617), the one that is served.</summary>
    public static ShownCredentials OfHeader(string value)
    {
        if (!BasicCredentials.TryDecode(value, out var credentials))
        {
            return Unreadable;
        }

        var colon = credentials.AsSpan().IndexOf((byte)':');
        return colon < 0 ? Unreadable : Of(credentials.AsSpan(0, colon), credentials.AsSpan(colon + 1));
    }

    /// <summary>Whether the password is this one. The time that it takes says nothing about either.</summary>
    public bool IsPassword(string password) => CryptographicOperations.FixedTimeEquals(_password, SHA256.HashData(Encoding.UTF8.GetBytes(password)));

    /// <inheritdoc />
    public override string ToString() => "***";
}
