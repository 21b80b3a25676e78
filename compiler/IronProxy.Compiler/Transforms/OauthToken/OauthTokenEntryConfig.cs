using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.OauthToken;

/// <summary>One way to a token, and where the token may go.</summary>
internal sealed record OauthTokenEntryConfig : ConfigRecord
{
    /// <summary>How the token is obtained. It decides which credentials are needed.</summary>
    [Key("grant", Required = true, OneOf = [OauthGrant.RefreshToken, OauthGrant.ClientCredentials, OauthGrant.Password, OauthGrant.JwtBearer])]
    public Located<string>? Grant { get; init; }

    /// <summary>URL that credentials are exchanged at. Requests of the workload to it are answered with a stub token.</summary>
    [Key("token_endpoint", Required = true)]
    public Located<string>? TokenEndpoint { get; init; }

    /// <summary>Scopes to ask for.</summary>
    [Key("scopes")]
    public LocatedList<Located<string>>? Scopes { get; init; }

    /// <summary>Where the token may go. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>Header to set, with the letter case in which it is sent over HTTP/1.1.</summary>
    [Key("header", Default = "Authorization")]
    public Located<string>? Header { get; init; }

    /// <summary>What stands before the token in the header's value.</summary>
    [Key("value_prefix", Default = "Bearer ")]
    public Located<string>? ValuePrefix { get; init; }

    /// <summary>Headers of the request to the token endpoint: names, each with the secret source of its value.</summary>
    [Key("token_endpoint_headers", Holds = KeyContent.SourceMap)]
    public YamlMapping? TokenEndpointHeaders { get; init; }

    /// <summary>Whether a matching request is refused (502) while no token can be minted. Without, it goes on as the workload sent it.</summary>
    [Key("require", Default = true)]
    public Located<bool>? Require { get; init; }

    /// <summary>Whether a matching request that does not carry the stub token is denied.</summary>
    [Key("require_stub", Default = false)]
    public Located<bool>? RequireStub { get; init; }

    /// <summary>Whether the token is taken out of responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers. It must then have 8 bytes or more.</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>The refresh token, for the grant refresh_token.</summary>
    [Key("refresh_token", Holds = KeyContent.Source)]
    public YamlMapping? RefreshToken { get; init; }

    /// <summary>File that rotated refresh tokens are written to and read from again behind a restart, relative to the proxy's working directory, for the grant refresh_token. Its folder must be there. Kept in memory alone when absent.</summary>
    [Key("state_file")]
    public Located<string>? StateFile { get; init; }

    /// <summary>The client id, for all grants but jwt_bearer.</summary>
    [Key("client_id", Holds = KeyContent.Source)]
    public YamlMapping? ClientId { get; init; }

    /// <summary>The client secret. Needed for client_credentials, optional for refresh_token and password.</summary>
    [Key("client_secret", Holds = KeyContent.Source)]
    public YamlMapping? ClientSecret { get; init; }

    /// <summary>The user name, for the grant password.</summary>
    [Key("username", Holds = KeyContent.Source)]
    public YamlMapping? Username { get; init; }

    /// <summary>The password, for the grant password.</summary>
    [Key("password", Holds = KeyContent.Source)]
    public YamlMapping? Password { get; init; }

    /// <summary>The claim iss, for the grant jwt_bearer.</summary>
    [Key("issuer", Holds = KeyContent.Source)]
    public YamlMapping? Issuer { get; init; }

    /// <summary>The claim sub, for the grant jwt_bearer.</summary>
    [Key("subject", Holds = KeyContent.Source)]
    public YamlMapping? Subject { get; init; }

    /// <summary>The RSA key (PEM) that signs the assertion, for the grant jwt_bearer.</summary>
    [Key("private_key", Holds = KeyContent.Source)]
    public YamlMapping? PrivateKey { get; init; }

    /// <summary>The header kid of the assertion. Optional, for the grant jwt_bearer.</summary>
    [Key("private_key_id", Holds = KeyContent.Source)]
    public YamlMapping? PrivateKeyId { get; init; }

    /// <summary>The claim aud, for the grant jwt_bearer.</summary>
    [Key("audience")]
    public Located<string>? Audience { get; init; }

    /// <summary>The source under a key of a grant. Null when the key is absent or holds no source.</summary>
    public YamlMapping? Credential(string key) => key switch
    {
        "refresh_token" => RefreshToken,
        "client_id" => ClientId,
        "client_secret" => ClientSecret,
        "username" => Username,
        "password" => Password,
        "issuer" => Issuer,
        "subject" => Subject,
        "private_key" => PrivateKey,
        "private_key_id" => PrivateKeyId,
        _ => null,
    };
}
