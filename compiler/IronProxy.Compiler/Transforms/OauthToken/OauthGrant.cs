using System.Collections.Immutable;

namespace IronProxy.Compiler.Transforms.OauthToken;

/// <summary>A grant (RFC 6749, RFC 7523), and the keys that it asks for.</summary>
/// <param name="Name">The grant's name.</param>
/// <param name="Required">Keys that must be there.</param>
/// <param name="Optional">Keys that may be there.</param>
internal sealed record OauthGrant(string Name, ImmutableArray<string> Required, ImmutableArray<string> Optional)
{
    public const string RefreshToken = "refresh_token";
    public const string ClientCredentials = "client_credentials";
    public const string Password = "password";
    public const string JwtBearer = "jwt_bearer";

    private const string StateFile = "state_file";

    /// <summary>All grants.</summary>
    public static readonly ImmutableArray<OauthGrant> All =
    [
        new(RefreshToken, ["refresh_token", "client_id"], ["client_secret", StateFile]),
        new(ClientCredentials, ["client_id", "client_secret"], []),
        new(Password, ["username", "password", "client_id"], ["client_secret"]),
        new(JwtBearer, ["issuer", "subject", "private_key", "audience"], ["private_key_id"]),
    ];

    /// <summary>The keys that belong to some grant, in the order in which plans list them.</summary>
    public static readonly ImmutableArray<string> Keys =
        ["refresh_token", "client_id", "client_secret", "username", "password", "issuer", "subject", "private_key", "private_key_id", "audience"];

    /// <summary>The same, and those that are no credentials.</summary>
    public static readonly ImmutableArray<string> AllKeys = [.. Keys, StateFile];

    /// <summary>The grant with a name, or null.</summary>
    public static OauthGrant? Find(string name) => All.FirstOrDefault(g => g.Name == name);
}
