using System.Collections.Immutable;
using IronProxy.Compiler.Analysis.Warnings;

namespace IronProxy.Compiler.Analysis;

/// <summary>
/// All warnings. They do not depend on each other, and findings are printed in the order of the file; the order here is that
/// of the codes: rules and hosts, credentials, the order of steps, what steps can see, the network, expressions, clients.
/// </summary>
internal static class PolicyWarnings
{
    /// <summary>The warnings.</summary>
    public static readonly ImmutableArray<PolicyWarning> All =
    [
        // IRON200x: rules and the hosts that they name.
        new CoveredRule(),
        new UnreachableRule(),
        new OpenGlob(),
        new OpenSuffix(),
        new WildcardBesideHosts(),

        // IRON201x: where credentials go, and whether they are there.
        new BlockedCredential(),
        new CredentialEverywhere(),
        new OverruledCredential(),
        new EchoedSecret(),
        new UnsetSource(),

        // IRON202x: the order of steps.
        new AllowlistNotFirst(),
        new DeciderBehindCredentials(),
        new StrippedCredential(),
        new StrippedPlaceholder(),
        new CaptureBehindSwap(),

        // IRON203x: what steps can see and do.
        new StepNeedsMitm(),
        new BodyLimitLow(),
        new WarnLeftOn(),
        new RuleNeedsMitm(),
        new TlsPassedThrough(),
        new InspectUnused(),

        // IRON204x: ways around the policy, and to the machine itself.
        new DenyListIncomplete(),
        new LocalAddressAllowed(),
        new PassthroughBesidePolicy(),
        new DnsOverHttpsAllowed(),
        new DenyUnlistedUnused(),

        // IRON205x: expressions.
        new LargeExpression(),

        // IRON206x: clients.
        new PasswordOverPlainListener(),
    ];
}
