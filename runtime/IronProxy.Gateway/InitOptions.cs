namespace IronProxy.Gateway;

/// <summary>What <c>iron-proxy init</c> is asked for.</summary>
/// <param name="Allow">Hosts that may be reached.</param>
/// <param name="User">The user that runs the workload.</param>
/// <param name="Firewall">nftables or iptables.</param>
/// <param name="Prefix">Folder to write below instead of installing; empty installs.</param>
/// <param name="ShowHelp">Print the help.</param>
internal sealed record InitOptions(IReadOnlyList<string> Allow, string User, string Firewall, string Prefix, bool ShowHelp)
{
    public const string Help = """
        iron-proxy init makes this host one whose workload leaves it through iron-proxy alone.

        Usage:
          iron-proxy init -allow HOSTS [-user NAME] [-firewall nftables|iptables] [-prefix DIR]

          -allow HOSTS   hosts with commas between them, such as "api.openai.com,*.github.com"
          -user NAME     the user that runs the workload (default: app); it must exist
          -firewall F    what the rules are written for (default: nftables)
          -prefix DIR    only write the files, below DIR; nothing is loaded, made or started

        It writes /etc/iron-proxy/proxy.yaml, generates a deployment of it with the ironc beside this program, in
        /etc/iron-proxy/deployment, and runs the install.sh there: rules first, then the CA (90 days), the service and the
        profile of the workload. What to do next is in the README.md of that folder.

        Examples:
          sudo iron-proxy init -allow "api.openai.com,api.anthropic.com"
          iron-proxy init -allow api.openai.com -user agent -prefix /tmp/look
        """;

    /// <summary>Reads what stands behind <c>init</c>.</summary>
    /// <returns>The options, or what is wrong.</returns>
    public static (InitOptions? Options, string? Error) Parse(IReadOnlyList<string> args)
    {
        var options = new InitOptions([], "app", "nftables", "", ShowHelp: false);
        for (var i = 0; i < args.Count; i++)
        {
            var flag = args[i].TrimStart('-');
            if (flag is "help" or "h")
            {
                return (options with { ShowHelp = true }, null);
            }

            if (!args[i].StartsWith('-') || flag is not ("allow" or "user" or "firewall" or "prefix"))
            {
                return (null, $"unknown argument '{args[i]}'");
            }

            if (i + 1 == args.Count || args[i + 1].Length == 0)
            {
                return (null, $"-{flag} needs a value");
            }

            var value = args[++i];
            options = flag switch
            {
                "allow" => options with { Allow = [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] },
                "user" => options with { User = value },
                "firewall" => options with { Firewall = value },
                _ => options with { Prefix = value },
            };
        }

        return options switch
        {
            { Allow.Count: 0 } => (null, "give -allow and the hosts that the workload may reach"),
            _ when options.Allow.FirstOrDefault(h => !h.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '*' or '_')) is { } odd => (null, $"'{odd}' is no host"),
            { Firewall: not ("nftables" or "iptables") } => (null, "-firewall takes nftables or iptables"),
            _ => (options, null),
        };
    }
}
