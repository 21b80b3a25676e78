using IronProxy.Runtime.Policies;

namespace IronProxy.Gateway;

/// <summary>What the command line asks for. Flags may have one or two dashes, and take a value behind a space or an equals sign.</summary>
/// <param name="Config">Path of a proxy.yaml or its place in S3, or null.</param>
/// <param name="Plan">Path of a plan or its place in S3, or null.</param>
/// <param name="PlanHash">SHA-256 of the plan's bytes, as 64 hex digits; null for any plan.</param>
/// <param name="Watch">Reload when the file changes.</param>
/// <param name="Transparent">Take connections that TPROXY rules hand over.</param>
/// <param name="ShowVersion">Print the version.</param>
/// <param name="ShowHelp">Print the help.</param>
internal sealed record GatewayOptions(string? Config, string? Plan, string? PlanHash, bool Watch, bool Transparent, bool ShowVersion, bool ShowHelp)
{
    public static readonly string Help = $"""
        iron-proxy runs a policy as a default-deny proxy.

        Usage:
          iron-proxy -config proxy.yaml    compile the file with the ironc beside this program, and run it
          iron-proxy -plan proxy.plan.json run a plan that 'ironc compile' made
          iron-proxy init -allow HOSTS     install it on this host; 'iron-proxy init -help' says how
          iron-proxy -version              print the version

          -watch         beside -config or -plan: reload the policy when the file changes, or a link on the way to it
          -plan-hash H   beside -plan: run that plan and no other, at the start and at reloads; H is what sha256sum prints for the file
          -transparent   beside -config or -plan: proxy.http_listen and proxy.https_listen also take connections to addresses of
                         others, as TPROXY rules hand them over; needs CAP_NET_RAW or CAP_NET_ADMIN

        Either file may be an object in S3, written s3://BUCKET/KEY. AWS_REGION names its region; credentials come from the
        environment, the task or the instance, in the order of the AWS SDKs.

        Audit records and log lines go to standard error, one JSON object a line, or as text for people (log.format). SIGTERM
        and SIGINT end it: requests under way are finished first, for at most 30 seconds; a second one breaks them off. SIGHUP
        reloads the policy, as does POST /v1/reload of the management API: what was named is read again, and requests from then
        on are decided by it. A policy that is refused changes nothing, and a line says why.

        Environment variables change where the proxy stands, each in the place of a key of proxy.yaml, and nothing of what is
        decided. One that is empty is as if it were not set:

        {Variables}

        Started by systemd, it says when it is ready, reloads and stops (Type=notify-reload), and that it is alive (WatchdogSec=).

        Exit status: 0 stopped as asked, 1 could not start or go on, 2 wrong usage, 70 internal error.

        Examples:
          ironc compile proxy.yaml -o proxy.plan.json && iron-proxy -plan proxy.plan.json
          OPENAI_API_KEY=... iron-proxy -config /etc/iron-proxy/proxy.yaml
          iron-proxy -plan /etc/iron-proxy/proxy.plan.json -watch
          AWS_REGION=eu-west-1 iron-proxy -plan s3://example-policies/proxy.plan.json
          IRON_PROXY_TUNNEL_LISTEN=127.0.0.1:8080 IRON_LOG_FORMAT=text iron-proxy -config proxy.yaml
        """;

    private static string Variables => string.Join('\n', PlacementVariable.All.Select(v => $"  {v.Name,-27}{v.Key}: {v.Takes}"));

    /// <summary>Reads the command line.</summary>
    /// <returns>The options, or what is wrong with it.</returns>
    public static (GatewayOptions? Options, string? Error) Parse(IReadOnlyList<string> args)
    {
        var options = new GatewayOptions(null, null, null, Watch: false, Transparent: false, ShowVersion: false, ShowHelp: false);
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                return (null, $"unexpected argument '{args[i]}'");
            }

            var flag = args[i].TrimStart('-');
            string? value = null;
            if (flag.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                (flag, value) = (flag[..equals], flag[(equals + 1)..]);
            }

            switch (flag)
            {
                case "config" or "plan":
                    value ??= i + 1 < args.Count ? args[++i] : null;
                    if (string.IsNullOrEmpty(value))
                    {
                        return (null, $"-{flag} needs a file");
                    }

                    options = flag == "config" ? options with { Config = value } : options with { Plan = value };
                    break;
                case "plan-hash":
                    value ??= i + 1 < args.Count ? args[++i] : null;
                    if (!IsSha256(value))
                    {
                        return (null, "-plan-hash needs the 64 hex digits of a SHA-256");
                    }

                    options = options with { PlanHash = value!.ToLowerInvariant() }; // It has digits.
                    break;
                case "watch" when value is null:
                    options = options with { Watch = true };
                    break;
                case "transparent" when value is null:
                    options = options with { Transparent = true };
                    break;
                case "version":
                    options = options with { ShowVersion = true };
                    break;
                case "help" or "h":
                    options = options with { ShowHelp = true };
                    break;
                default:
                    return (null, $"unknown option '{args[i]}'");
            }
        }

        return options switch
        {
            { ShowHelp: true } or { ShowVersion: true } => (options, null),
            { Config: null, Plan: null } => (null, "give -config or -plan"),
            { Config: not null, Plan: not null } => (null, "-config and -plan exclude each other"),
            { Config: not null, PlanHash: not null } => (null, "-plan-hash goes with -plan: a policy has no plan before it is compiled"),
            { Watch: true } when (options.Config ?? options.Plan)!.StartsWith("s3://", StringComparison.OrdinalIgnoreCase) => (null, "-watch needs a file: an object in S3 does not tell that it changes"), // One of the two is there.
            _ => (options, null),
        };
    }

    private static bool IsSha256(string? text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigit);
}
