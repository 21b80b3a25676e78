using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Transforms.AzureAuth;

/// <summary>Mints access tokens of Microsoft Entra ID for an application or for the machine, and sets them on requests as Authorization.</summary>
internal sealed record AzureAuthConfig : ConfigRecord
{
    /// <summary>Microsoft Entra ID of the public cloud.</summary>
    public const string DefaultAuthority = "https://login.microsoftonline.com";

    /// <summary>The tenant that the application is in: its id, or one of its domains. Needed but for credentials_provider.</summary>
    [Key("tenant_id")]
    public Located<string>? TenantId { get; init; }

    /// <summary>The application's (client) id. Needed but for credentials_provider; for managed_identity the user-assigned identity, and that of the system without it.</summary>
    [Key("client_id")]
    public Located<string>? ClientId { get; init; }

    /// <summary>Source of a secret of the application. Excludes client_certificate, federated_token and credentials_provider.</summary>
    [Key("client_secret", Holds = KeyContent.Source)]
    public YamlMapping? ClientSecret { get; init; }

    /// <summary>Source of a certificate of the application and its RSA key, both in PEM, one after the other. Excludes the others.</summary>
    [Key("client_certificate", Holds = KeyContent.Source)]
    public YamlMapping? ClientCertificate { get; init; }

    /// <summary>Source of a token of another issuer that the application trusts (workload identity federation). It is read again as the source changes. Excludes the others.</summary>
    [Key("federated_token", Holds = KeyContent.Source)]
    public YamlMapping? FederatedToken { get; init; }

    /// <summary>Credentials of the machine that the proxy runs on. Excludes the others.</summary>
    [Key("credentials_provider")]
    public AzureProviderConfig? CredentialsProvider { get; init; }

    /// <summary>What the token is for: a resource and /.default, such as https://management.azure.com/.default. One token is for one resource.</summary>
    [Key("scope", Required = true)]
    public Located<string>? Scope { get; init; }

    /// <summary>URL of Microsoft Entra ID. Requests of the workload to its token endpoints are answered with a stub token.</summary>
    [Key("authority_host", Default = DefaultAuthority)]
    public Located<string>? AuthorityHost { get; init; }

    /// <summary>Whether the token is taken out of responses to requests that match the rules: plain, base64, percent-encoded and JSON-escaped, in head, body and trailers.</summary>
    [Key("scrub_responses", Default = false)]
    public Located<bool>? ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused with 502, among them parts of a resource (206), and WebSockets without websocket.inspect. Needs scrub_responses.</summary>
    [Key("scrub_strict", Default = false)]
    public Located<bool>? ScrubStrict { get; init; }

    /// <summary>Where the transform acts. At least one rule.</summary>
    [Key("rules", Required = true)]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>The source under a key of a credential. Null when the key is absent or holds no source.</summary>
    public YamlMapping? Credential(string key) => key switch
    {
        "client_secret" => ClientSecret,
        "client_certificate" => ClientCertificate,
        "federated_token" => FederatedToken,
        _ => null,
    };
}
