using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What a workload gets that asks for a token: its library goes on with it, and holds nothing.</summary>
internal static class StubToken
{
    /// <summary>What audit records say of such an answer.</summary>
    public const string Annotation = "oauth2_token_endpoint";

    /// <summary>The answer. RFC 6749, 5.1: it is not to be stored.</summary>
    public static readonly MadeResponse Answer = new(
        200,
        [new("Content-Type", "application/json"), new("Cache-Control", "no-store")],
        Encoding.ASCII.GetBytes($$"""{"access_token":"{{TokenStubs.Token}}","expires_in":3600,"token_type":"Bearer"}"""));
}
