using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Tokens as they are looked for in responses: those that were sent, in whose place the stub stands.</summary>
internal static class ScrubbedToken
{
    /// <summary>An entry for the tokens of one use; null when they are not looked for.</summary>
    /// <param name="scrubs">Whether they are.</param>
    /// <param name="strict">Whether responses that cannot be searched are refused.</param>
    /// <param name="rules">The rule set that says where they may go; null for everywhere.</param>
    /// <param name="name">What records call them.</param>
    public static ScrubbedEntry<SecretValue>? Entry(bool scrubs, bool strict, int? rules, string name) =>
        scrubs ? new ScrubbedEntry<SecretValue>(rules, strict, live: null, token => ValuesOf(token, name)) : null;

    /// <summary>One that is too short to be looked for is not sent.</summary>
    private static ScrubbedValue[] ValuesOf(SecretValue token, string name) => ScrubbedValue.FindProblem(token) is { } problem
        ? throw new SecretUnavailableException("the token " + problem)
        : [new ScrubbedValue(name, token, TokenStubs.Token)];
}
