using System.Collections.Immutable;
using System.Net;
using IronProxy.Compiler.Analysis.Spaces.Hosts;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>Compares the settings that matter to security beside rules and secrets.</summary>
internal sealed class SettingsComparer(ProxyPlan old, ProxyPlan @new, PlanSpaces oldSpaces, PlanSpaces newSpaces)
{
    private readonly RequestSpace _oldPassthrough = oldSpaces.Matching(old.Dns?.Passthrough);
    private readonly RequestSpace _newPassthrough = newSpaces.Matching(@new.Dns?.Passthrough);
    private readonly (HeaderAllowlistStepPlan Step, RequestSpace Scope)[] _oldHeaders = HeaderAllowlists(old, oldSpaces);
    private readonly (HeaderAllowlistStepPlan Step, RequestSpace Scope)[] _newHeaders = HeaderAllowlists(@new, newSpaces);
    private readonly DeciderComparer _deciders = new(old, @new, oldSpaces, newSpaces);

    private readonly McpComparer _mcp = new(old, @new, oldSpaces, newSpaces);

    /// <summary>Spaces that the comparison asks about.</summary>
    public IEnumerable<RequestSpace> Spaces => [_oldPassthrough, _newPassthrough, .. _oldHeaders.Concat(_newHeaders).Select(h => h.Scope), .. _mcp.Spaces, .. _deciders.Spaces];

    public IEnumerable<SettingDifference> Compare(SpaceComparer spaces) =>
    [
        .. Warn(),
        .. Tls(),
        .. PassedThrough(),
        .. TunnelTls(),
        .. Clients(),
        .. DenyCidrs(),
        .. UpstreamProxy(),
        .. UpstreamCas(),
        .. WebSockets(),
        .. Limits(),
        .. Dns(spaces),
        .. Headers(spaces),
        .. _mcp.Compare(spaces),
        .. _deciders.Compare(spaces),
        .. Listeners(),
    ];

    private IEnumerable<SettingDifference> Warn()
    {
        var (before, after) = (Warning(old), Warning(@new));
        if (after > before)
        {
            yield return new SettingDifference("warn", SettingDirection.Widens, "an allowlist records violations and no longer denies them");
        }
        else if (after < before)
        {
            yield return new SettingDifference("warn", SettingDirection.Narrows, "an allowlist that only recorded violations is gone or denies them");
        }

        static int Warning(ProxyPlan plan) => plan.Steps.OfType<AllowlistStepPlan>().Count(a => a.Warn);
    }

    private IEnumerable<SettingDifference> WebSockets()
    {
        if (old.WebSocket != @new.WebSocket)
        {
            // Scrubbing narrows what comes back and swapping widens what is sent: which of them is meant, the secrets say.
            yield return new SettingDifference(
                "websocket.inspect", SettingDirection.Changes, @new.WebSocket is { Inspect: true } ? "messages of WebSockets are read" : "messages of WebSockets are carried unread");
        }
    }

    private IEnumerable<SettingDifference> Tls()
    {
        if (old.Tls.Mode != @new.Tls.Mode)
        {
            var direction = @new.Tls.Mode == TlsMode.SniOnly ? SettingDirection.Widens : SettingDirection.Narrows;
            yield return new SettingDifference("tls.mode", direction, $"{@new.Tls.Mode.Name()}, and was {old.Tls.Mode.Name()}");
        }

        if (old.Tls.CaCert != @new.Tls.CaCert || old.Tls.CaKey != @new.Tls.CaKey)
        {
            yield return new SettingDifference("tls.ca_cert", SettingDirection.Changes, "the CA is read from other files");
        }
    }

    private IEnumerable<SettingDifference> PassedThrough()
    {
        var (before, after) = (HostsPassedThrough(old), HostsPassedThrough(@new));
        if (after.Except(before, StringComparer.Ordinal).ToArray() is [_, ..] closed)
        {
            yield return new SettingDifference("tls: passthrough", SettingDirection.Widens, $"TLS is no longer opened, and requests are not seen: {string.Join(", ", closed)}");
        }

        if (before.Except(after, StringComparer.Ordinal).ToArray() is [_, ..] opened)
        {
            yield return new SettingDifference("tls: passthrough", SettingDirection.Narrows, $"TLS is no longer passed through: {string.Join(", ", opened)}");
        }

        static string[] HostsPassedThrough(ProxyPlan plan) =>
        [
            .. plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.PassedThrough).OfType<int>().SelectMany(set => plan.Matching.Rules[set].Items)
                .Select(r => (r.Host is { } host ? plan.Matching.Hosts[host].Pattern : plan.Matching.Cidrs[r.Cidr!.Value]) // One of the two is set.
                    + (plan.Matching.Conditions[r.When].Ports is { } ports ? $" (ports {string.Join(", ", ports)})" : "")
                    + (plan.Matching.Conditions[r.When].Clients is { } clients ? $" (clients {string.Join(", ", clients)})" : "")),
        ];
    }

    private IEnumerable<SettingDifference> TunnelTls()
    {
        if (old.TunnelTls == @new.TunnelTls)
        {
            yield break;
        }

        var (direction, change) = (old.TunnelTls, @new.TunnelTls) switch
        {
            (null, _) => (SettingDirection.Narrows, "the tunnel listener speaks TLS"),
            (_, null) => (SettingDirection.Widens, "the tunnel listener speaks TLS no more"),
            _ => (SettingDirection.Changes, "certificates of the tunnel listener or of clients are read from other files"),
        };
        yield return new SettingDifference("proxy.tunnel_tls", direction, change);
    }

    private IEnumerable<SettingDifference> Clients()
    {
        const string Setting = "proxy.clients";
        switch (old.Clients, @new.Clients)
        {
            case (null, { } asked):
                yield return new SettingDifference(Setting, SettingDirection.Narrows, $"the tunnel listener serves no others any more than {Names(asked)}");
                break;
            case ({ } asked, null):
                yield return new SettingDifference(Setting, SettingDirection.Widens, $"the tunnel listener serves everybody, and served {Names(asked)}");
                break;
            case ({ } before, { } after):
                foreach (var client in after.Where(a => before.All(b => b.Name != a.Name)))
                {
                    yield return new SettingDifference(Setting, SettingDirection.Widens, $"{client.Name} may ask as well");
                }

                foreach (var client in before.Where(b => after.All(a => a.Name != b.Name)))
                {
                    yield return new SettingDifference(Setting, SettingDirection.Narrows, $"{client.Name} may not ask any more");
                }

                foreach (var change in before.Join(after, b => b.Name, a => a.Name, Client).SelectMany(c => c))
                {
                    yield return change;
                }

                break;
        }

        static string Names(ImmutableArray<ClientPlan> clients) => string.Join(", ", clients.Select(c => c.Name));

        static IEnumerable<SettingDifference> Client(ClientPlan before, ClientPlan after)
        {
            if (Uncovered(after.Networks ?? [], before.Networks ?? []) is [_, ..] more)
            {
                yield return new SettingDifference(Setting, SettingDirection.Widens, $"{after.Name} may ask from {string.Join(", ", more)}");
            }

            if (Uncovered(before.Networks ?? [], after.Networks ?? []) is [_, ..] less)
            {
                yield return new SettingDifference(Setting, SettingDirection.Narrows, $"{after.Name} may not ask from {string.Join(", ", less)} any more");
            }

            foreach (var (what, was, now) in ((string, string?, string?)[])[("password", Password(before), Password(after)), ("certificate", Certificate(before), Certificate(after))])
            {
                if (was != now)
                {
                    var (direction, change) = was is null ? (SettingDirection.Widens, "may be shown")
                        : now is null ? (SettingDirection.Narrows, "counts no more")
                        : (SettingDirection.Changes, "is another one");
                    yield return new SettingDifference(Setting, direction, $"a {what} of {after.Name} {change}");
                }
            }
        }

        static string? Password(ClientPlan client) => client.Password is { } password ? $"{client.Username} {password.Source.Type} {password.Source.DisplayName} {password.Source.JsonKey}" : null;
        static string? Certificate(ClientPlan client) => client.Certificate is { } certificate ? $"{certificate.Kind} {certificate.Value}" : null;
    }

    private IEnumerable<SettingDifference> DenyCidrs()
    {
        var (before, after) = (old.Upstream.DenyCidrs, @new.Upstream.DenyCidrs);
        if (Uncovered(before, after) is [_, ..] opened)
        {
            yield return new SettingDifference("upstream_deny_cidrs", SettingDirection.Widens, $"may now be dialled, all or in part: {string.Join(", ", opened)}");
        }

        if (Uncovered(after, before) is [_, ..] closed)
        {
            yield return new SettingDifference("upstream_deny_cidrs", SettingDirection.Narrows, $"no longer dialled: {string.Join(", ", closed)}");
        }
    }

    private IEnumerable<SettingDifference> UpstreamProxy()
    {
        var (before, after) = (Way(old), Way(@new));
        if (before != after)
        {
            yield return new SettingDifference("proxy.upstream_proxy", SettingDirection.Changes, $"{after}, and was {before}");
        }
        else if ((old.Upstream.Proxy?.Username, old.Upstream.Proxy?.Password?.Source.DisplayName) != (@new.Upstream.Proxy?.Username, @new.Upstream.Proxy?.Password?.Source.DisplayName))
        {
            yield return new SettingDifference("proxy.upstream_proxy", SettingDirection.Changes, "the proxies are shown other credentials");
        }

        static string Way(ProxyPlan plan) => plan.Upstream.Proxy switch
        {
            null => "no proxy",
            { FromEnvironment: true } => "the proxies of the environment",
            var proxy => $"http over {proxy.HttpProxy ?? "none"}, https over {proxy.HttpsProxy ?? "none"}",
        };
    }

    private IEnumerable<SettingDifference> UpstreamCas()
    {
        string[] before = [.. (old.Upstream.Cas ?? []).Select(c => c.Path)];
        string[] after = [.. (@new.Upstream.Cas ?? []).Select(c => c.Path)];
        if (after.Except(before, StringComparer.Ordinal).ToArray() is [_, ..] more)
        {
            yield return new SettingDifference("proxy.upstream_ca", SettingDirection.Widens, $"trusted for upstreams as well: {string.Join(", ", more)}");
        }

        if (before.Except(after, StringComparer.Ordinal).ToArray() is [_, ..] less)
        {
            yield return new SettingDifference("proxy.upstream_ca", SettingDirection.Narrows, $"no longer trusted: {string.Join(", ", less)}");
        }
    }

    private IEnumerable<SettingDifference> Limits()
    {
        if ((old.Limits ?? new LimitsPlan()) != (@new.Limits ?? new LimitsPlan()))
        {
            yield return new SettingDifference("limits", SettingDirection.Changes, "clients may take more or less of the machine");
        }
    }

    private IEnumerable<SettingDifference> Dns(SpaceComparer spaces)
    {
        if (Names(spaces.Difference(_newPassthrough, _oldPassthrough)) is { Length: > 0 } opened)
        {
            yield return new SettingDifference("dns.passthrough", SettingDirection.Widens, $"now forwarded to the resolver: {opened}");
        }

        if (Names(spaces.Difference(_oldPassthrough, _newPassthrough)) is { Length: > 0 } closed)
        {
            yield return new SettingDifference("dns.passthrough", SettingDirection.Narrows, $"no longer forwarded: {closed}");
        }

        if (old.Dns?.UpstreamResolver != @new.Dns?.UpstreamResolver)
        {
            yield return new SettingDifference("dns.upstream_resolver", SettingDirection.Changes, $"{Text(@new.Dns?.UpstreamResolver, "the system's")}, and was {Text(old.Dns?.UpstreamResolver, "the system's")}");
        }

        if (old.Dns?.ProxyIp != @new.Dns?.ProxyIp)
        {
            yield return new SettingDifference("dns.proxy_ip", SettingDirection.Changes, $"{@new.Dns?.ProxyIp ?? "none"}, and was {old.Dns?.ProxyIp ?? "none"}");
        }

        if (old.Dns?.ProxyIpv6 != @new.Dns?.ProxyIpv6)
        {
            yield return new SettingDifference("dns.proxy_ipv6", SettingDirection.Changes, $"{@new.Dns?.ProxyIpv6 ?? "none"}, and was {old.Dns?.ProxyIpv6 ?? "none"}");
        }

        if (old.Dns?.DenyUnlisted != @new.Dns?.DenyUnlisted)
        {
            yield return @new.Dns?.DenyUnlisted is true
                ? new SettingDifference("dns.deny_unlisted", SettingDirection.Narrows, "names that no allowlist has a rule for no longer resolve")
                : new SettingDifference("dns.deny_unlisted", SettingDirection.Widens, "every name resolves, to the proxy");
        }

        if (old.Log.Dns != @new.Log.Dns)
        {
            yield return new SettingDifference("log.dns", SettingDirection.Changes, $"{@new.Log.Dns ?? "none"}, and was {old.Log.Dns ?? "none"}");
        }

        if (old.Log.Format != @new.Log.Format)
        {
            yield return new SettingDifference("log.format", SettingDirection.Changes, $"{@new.Log.Format ?? "json"}, and was {old.Log.Format ?? "json"}");
        }

        if (!Records(old).SequenceEqual(Records(@new)))
        {
            yield return new SettingDifference("dns.records", SettingDirection.Changes, "names resolve to something else");
        }

        static string Names(ImmutableArray<SpaceDifference> difference) => string.Join(", ", difference.SelectMany(d => d.Hosts).Order(StringComparer.Ordinal));
        static IEnumerable<DnsRecordPlan> Records(ProxyPlan plan) => (plan.Dns?.Records ?? []).OrderBy(r => $"{r.Name} {r.Type}", StringComparer.Ordinal);
    }

    private IEnumerable<SettingDifference> Headers(SpaceComparer spaces)
    {
        if (_oldHeaders.Length != _newHeaders.Length)
        {
            var fewer = _newHeaders.Length < _oldHeaders.Length;
            yield return new SettingDifference("header_allowlist", fewer ? SettingDirection.Widens : SettingDirection.Narrows, fewer ? "a header_allowlist is gone" : "there is one more header_allowlist");
            yield break;
        }

        for (var i = 0; i < _oldHeaders.Length; i++)
        {
            var (before, after) = (_oldHeaders[i], _newHeaders[i]);
            string[] more = [.. Entries(after.Step).Except(Entries(before.Step), StringComparer.Ordinal)];
            string[] less = [.. Entries(before.Step).Except(Entries(after.Step), StringComparer.Ordinal)];
            if (more.Length > 0)
            {
                yield return new SettingDifference("header_allowlist", SettingDirection.Widens, $"lets {string.Join(", ", more)} through");
            }

            if (less.Length > 0)
            {
                yield return new SettingDifference("header_allowlist", SettingDirection.Narrows, $"no longer lists {string.Join(", ", less)}");
            }

            if (!spaces.Difference(before.Scope, after.Scope).IsEmpty)
            {
                yield return new SettingDifference("header_allowlist", SettingDirection.Widens, "leaves out requests that it acted on");
            }

            if (!spaces.Difference(after.Scope, before.Scope).IsEmpty)
            {
                yield return new SettingDifference("header_allowlist", SettingDirection.Narrows, "acts on requests that it left out");
            }
        }
    }

    private IEnumerable<SettingDifference> Listeners() =>
        old.AllListeners.Zip(@new.AllListeners, (before, after) => Listener(after.Role.Key(), before.Address, after.Address)).OfType<SettingDifference>();

    private static SettingDifference? Listener(string setting, ListenAddress? before, ListenAddress? after)
    {
        if (before == after)
        {
            return null;
        }

        var direction = (before, after) switch
        {
            (null, _) => SettingDirection.Widens,
            (_, null) => SettingDirection.Narrows,
            ({ Address: not null }, { Address: null }) => SettingDirection.Widens,
            ({ Address: null }, { Address: not null }) => SettingDirection.Narrows,
            _ => SettingDirection.Changes,
        };
        return new SettingDifference(setting, direction, $"{Text(after, "off")}, and was {Text(before, "off")}");
    }

    private static string Text(ListenAddress? address, string none) => address?.ToString() ?? none;

    private static (HeaderAllowlistStepPlan Step, RequestSpace Scope)[] HeaderAllowlists(ProxyPlan plan, PlanSpaces spaces) =>
    [
        .. plan.Steps.OfType<HeaderAllowlistStepPlan>()
            .Select(s => (s, s.Rules is { } rules ? spaces.Matching(rules) : RequestSpace.Everything)),
    ];

    private static IEnumerable<string> Entries(HeaderAllowlistStepPlan step) =>
        step.Headers.Select(h => h.Name is { } name ? HeaderName.Canonical(name) : $"/{h.Regex}/").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>The networks that are not, with all their addresses, in the others.</summary>
    private static string[] Uncovered(ImmutableArray<string> networks, ImmutableArray<string> others)
    {
        var covering = others.Select(IPNetwork.Parse).Select(n => (n.BaseAddress.AddressFamily, Range: Addresses.Range(n))).OrderBy(n => n.Range.First).ToArray();
        return [.. networks.Where(text => !IsCovered(IPNetwork.Parse(text)))];

        bool IsCovered(IPNetwork network)
        {
            var (next, last) = Addresses.Range(network);
            foreach (var (_, range) in covering.Where(c => c.AddressFamily == network.BaseAddress.AddressFamily))
            {
                if (range.First > next)
                {
                    return false;
                }

                if (range.Last >= last)
                {
                    return true;
                }

                next = range.Last >= next ? range.Last + 1 : next;
            }

            return false;
        }
    }
}
