using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Analysis.Spaces.Proofs;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Prove;

/// <summary>The claims that can be made, on one policy.</summary>
internal sealed class ClaimProver(string path, ProxyPlan plan, string? client, CliConsole console)
{
    private readonly PolicyProver _prover = new(plan, client);

    /// <summary>Whose requests the claims are about.</summary>
    private readonly string _of = client is null ? "" : $" of {client}";

    public Claim NeverAllows(RequestPattern[] patterns) =>
        new($"{path} never allows {List(patterns)}{_of}", "it allows", _prover.NeverAllows(patterns), path);

    public Claim OnlyAllows(RequestPattern[] patterns) =>
        new($"{path} only allows {List(patterns)}{_of}", "it also allows", _prover.OnlyAllows(patterns), path);

    /// <summary>Null when the other policy has errors, which are printed.</summary>
    public Claim? Implies(string other) => PolicyFile.TryOpen(other, console, "there is nothing to compare") is { } otherPlan
        ? new Claim($"what {path} allows{_of}, {other} allows as well", "only the first allows", _prover.Implies(otherPlan), path, other)
        : null;

    /// <exception cref="CliException">There is no such secret.</exception>
    public Claim NeverSends(string secret, RequestPattern[] patterns)
    {
        var secrets = plan.CredentialUses.ToArray();
        var named = secrets.Where(s => s.Names.Contains(secret)).ToArray();
        if (named.Length == 0)
        {
            var names = string.Join(", ", secrets.SelectMany(s => s.Names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            throw new CliException($"{path} has no secret named {secret}{(names.Length > 0 ? $"; it has {names}" : "")}");
        }

        return new Claim($"{path} never sends {secret} in {List(patterns)}{_of}", "it may travel in", _prover.NeverSends(named, patterns), path) { Header = named.Select(HeaderOf).OfType<string>().FirstOrDefault() };
    }

    /// <summary>A header with the placeholder of a secret, where it is looked for. Null for what is set without one, and where only expressions say which headers.</summary>
    private static string? HeaderOf(CredentialUse credential)
    {
        const string Usual = "Authorization";
        if (credential.Replace is not { } replace || (replace.Headers.IsEmpty ? Usual : replace.Headers.Select(h => h.Name).OfType<string>().FirstOrDefault()) is not { } name)
        {
            return null;
        }

        return $"{name}: {(name.Equals(Usual, StringComparison.OrdinalIgnoreCase) ? "Bearer " : "")}{replace.ProxyValue}";
    }

    private static string List(RequestPattern[] patterns) => string.Join(" or ", patterns.Select(p => $"\"{p}\""));
}
