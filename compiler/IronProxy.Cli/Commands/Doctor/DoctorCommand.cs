using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary><c>ironc doctor</c>.</summary>
internal static class DoctorCommand
{
    private const double MaxSeconds = 30;

    public static Command Create(CliConsole console)
    {
        var policy = new Option<string>("--policy")
        {
            Description = "The policy that is deployed, a proxy.yaml or a compiled plan: says which hosts work, which variables and files hold secrets, and which ports are for operators",
            HelpName = "FILE",
        };
        PlanArgument.Check(policy);
        var proxy = Option<string>("--proxy", "URL", "The proxy's tunnel listener; without it HTTPS_PROXY and its relatives are read, and names are followed",
            t => ProxyAddress.TryParse(t, out _) ? null : "should be the URL of a proxy, such as http://10.0.0.2:8080");
        var resolver = Option<string[]>("--resolver", "ADDRESS", "The workload's resolver, with :PORT if it is not 53; without it those of /etc/resolv.conf (repeatable)",
            t => TryParseEndpoint(t, 53, out _) ? null : "should be an address, such as 10.0.0.2 or 10.0.0.2:53");
        var probe = Option<string[]>("--probe", "ADDRESS:PORT", "An address outside that must not be reached, instead of well-known public ones (repeatable)",
            t => TryParseEndpoint(t, 0, out var e) && e.Port > 0 ? null : "should be an address with a port, such as 203.0.113.7:443 or [2001:db8::7]:443");
        var allowed = Option<string[]>("--expect-allowed", "[METHOD ]URL", "A request that must get through; it is really sent (repeatable)", Request);
        var header = Option<string[]>("--header", "NAME: VALUE", "A header of those requests, such as one with a placeholder (repeatable)", t => IsHeader(t) ? null : "should be a name and a value, such as \"Authorization: Bearer proxy-token\"", isSecret: true);
        var denied = Option<string[]>("--expect-denied", "[METHOD ]URL", "A request that must not get through; it is really sent (repeatable)", Request);
        var outside = Option<string>("--outside", "DOMAIN", "A domain that exists and is outside of the policy, to ask the resolver for", t => IsName(t) ? null : "should be a domain, such as example.com");
        outside.DefaultValueFactory = _ => new DoctorSettings().OutsideName;
        var files = Option<string[]>("--protected", "PATH", "A file or folder that the workload must not be able to read (repeatable)", _ => null);
        var ca = Option<string>("--ca", "FILE", "The proxy's ca.crt: certificates must be signed by it, and are accepted when they are", _ => null);
        var timeout = new Option<double>("--timeout")
        {
            Description = $"Seconds that a step of an attempt may take, up to {MaxSeconds}",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 2,
        };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is not (> 0.05 and <= MaxSeconds))
            {
                result.AddError($"--timeout: '{text}' should be more than 0.05 and at most {MaxSeconds}");
            }
        });
        var format = FormatOption.Format();
        var json = FormatOption.Json();
        var command = new Command("doctor", "Tries to get past the proxy, from inside a workload, and says what closes each hole that it finds.")
        {
            policy, proxy, resolver, probe, allowed, header, denied, outside, files, ca, timeout, format, json,
        };
        command.WithExamples(
            "ironc doctor",
            "ironc doctor --policy proxy.plan.json --expect-allowed https://api.github.com/zen",
            "ironc doctor --proxy http://10.0.0.2:8080 --ca /etc/ssl/iron-proxy.crt --expect-denied \"POST https://example.com/\"",
            "ironc doctor --probe 203.0.113.7:8443 --timeout 1 --json");
        command.SetAction((arguments, cancellation) => new DoctorHandler(console).RunAsync(
            new DoctorSettings
            {
                Proxy = ProxyAddress.TryParse(arguments.GetValue(proxy), out var address) ? address : null,
                Resolvers = [.. (arguments.GetValue(resolver) ?? []).Select(t => Endpoint(t, 53))],
                Probes = arguments.GetValue(probe) is { Length: > 0 } probes ? [.. probes.Select(t => Endpoint(t, 0))] : DoctorSettings.WellKnownProbes,
                Allowed = Requests(arguments.GetValue(allowed)),
                Headers = [.. arguments.GetValue(header) ?? []],
                Denied = Requests(arguments.GetValue(denied)),
                OutsideName = arguments.GetRequiredValue(outside).TrimEnd('.'),
                Protected = [.. arguments.GetValue(files) ?? []],
                Timeout = TimeSpan.FromSeconds(arguments.GetRequiredValue(timeout)),
            },
            arguments.GetValue(policy),
            arguments.GetValue(ca),
            FormatOption.WantsJson(arguments, format, json),
            cancellation));
        return command;

        static string? Request(string text) =>
            WorkloadRequest.TryParse(text, out _) ? null : "should be an http or https URL, or METHOD URL in one argument";
    }

    private static Option<T> Option<T>(string name, string helpName, string description, Func<string, string?> mistake, bool isSecret = false)
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (mistake(token.Value) is { } text)
                {
                    result.AddError(isSecret ? $"{name} {text}" : $"{name}: '{token.Value}' {text}");
                }
            }
        });
        return option;
    }

    /// <summary>An address with or without a port. IPv6 addresses with one are in brackets; names would be resolved by what is under test.</summary>
    private static bool TryParseEndpoint(string text, int defaultPort, out IPEndPoint endpoint)
    {
        endpoint = new IPEndPoint(IPAddress.None, 0);
        // IPAddress reads "1.2" and "[::1]:80" as well, and drops what it does not want.
        var host = text.StartsWith('[') ? text[..(text.IndexOf(']', StringComparison.Ordinal) + 1)] : text.Count(c => c == ':') == 1 ? text.Split(':')[0] : text;
        if ((!host.Contains(':', StringComparison.Ordinal) && host.Count(c => c == '.') != 3) || !IPAddress.TryParse(host, out var address))
        {
            return false;
        }

        var rest = text[host.Length..];
        if (rest.Length == 0)
        {
            endpoint = new IPEndPoint(address, defaultPort);
            return true;
        }

        if (rest[0] == ':' && ushort.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0)
        {
            endpoint = new IPEndPoint(address, port);
            return true;
        }

        return false;
    }

    private static IPEndPoint Endpoint(string text, int defaultPort) => TryParseEndpoint(text, defaultPort, out var endpoint)
        ? endpoint
        : throw new UnreachableException("The command line was validated.");

    private static ImmutableArray<WorkloadRequest> Requests(string[]? texts) =>
    [
        .. (texts ?? []).Select(t => WorkloadRequest.TryParse(t, out var request) ? request : throw new UnreachableException("The command line was validated.")),
    ];

    /// <summary>A name of RFC 9110's tchar, and a value without control characters: nothing that could end the head.</summary>
    private static bool IsHeader(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        && text[..colon].All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
        && text[colon..].All(c => c is >= ' ' and <= '~');

    private static bool IsName(string text) =>
        text.Length is > 0 and < 200 && text.TrimEnd('.').Split('.').All(label => label.Length is > 0 and < 64 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
