using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Baremetal;

/// <summary>What a plan and the options mean on a host: who is held, which ports lead where, what is in files. Checked as it is read.</summary>
internal sealed class BaremetalHost
{
    private const int LongLife = 365;

    /// <summary>What the host trusts, with an ending for each kind of program. trust.scriban makes the files.</summary>
    private const string Bundle = BaremetalTarget.ConfigFolder + "/ca-bundle";

    /// <summary>The routing table of marked packets, the preference of its rule and, in hexadecimal, the mark: one number to look for.</summary>
    private const string WayOfMarked = "3202";

    /// <summary>What the unit hides from the service: ProtectHome, PrivateTmp, PrivateDevices.</summary>
    private static readonly ImmutableArray<string> HiddenFolders = ["/home", "/root", "/run/user", "/tmp", "/var/tmp", "/dev"];

    private readonly DeploymentRequest _request;

    private BaremetalHost(DeploymentRequest request) => _request = request;

    /// <summary>What the templates are filled with.</summary>
    public Dictionary<string, object?> Values { get; private set; } = [];

    private bool IsTproxy => _request.Options["routing"] == "tproxy";

    /// <summary>Whether connections come to the proxy by themselves.</summary>
    private bool IsTransparent => _request.Options["routing"] is "transparent" or "tproxy";

    private bool HoldsAll => _request.Options["scope"] == "all";

    /// <summary>Reads and checks. With an error in the preflight there are no values.</summary>
    public static BaremetalHost Of(DeploymentRequest request)
    {
        var host = new BaremetalHost(request);
        host.CheckListeners();
        host.CheckPaths();
        var held = host.ReadHeldUsers();
        var exempt = host.ReadUsers("exempt_users");
        host.CheckExempt(held, exempt);
        if (request.Options["proxy_user"] is "root" or "0")
        {
            request.Preflight.ProxyIsRoot();
        }

        foreach (var variable in request.Model.Variables.Where(v => !VariableNames.IsPortable(v.Name)))
        {
            request.Preflight.VariableUnusable(variable);
        }

        var loopbackPorts = host.ReadLoopbackPorts();
        var servePorts = host.ReadServePorts();
        if (request.Options.Number("ca_days") > LongLife)
        {
            request.Preflight.CaLivesLong(request.Options.Number("ca_days"));
        }

        if (!request.Preflight.HasErrors)
        {
            host.Values = host.Fill(held, exempt, loopbackPorts, servePorts);
        }

        return host;
    }

    /// <summary>The values, with those that differ between IPv4 and IPv6.</summary>
    public Dictionary<string, object?> ValuesOfFamily(int family) => new(Values)
    {
        ["program"] = family == 4 ? "iptables" : "ip6tables",
        ["loopback"] = family == 4 ? "127.0.0.0/8" : "::1/128",
        ["loopback_address"] = family == 4 ? "127.0.0.1" : "::1",
        ["prohibited"] = family == 4 ? "icmp-admin-prohibited" : "icmp6-adm-prohibited",
    };

    private void CheckListeners()
    {
        var routing = _request.Options["routing"];
        (ListenerRole Role, string Example)[] needed = IsTransparent
            ? [(ListenerRole.Dns, ":8053"), (ListenerRole.Http, ":8080"), (ListenerRole.Https, ":8443")]
            : [(ListenerRole.Tunnel, ":1080")];
        foreach (var (role, example) in needed)
        {
            if (_request.Model.Listener(role) is not { } listener)
            {
                _request.Preflight.ListenerMissing(role.Key(), routing, example);
            }
            else if (!IsReachedOnLoopback(listener))
            {
                _request.Preflight.ListenerNotOnLoopback(listener);
            }
        }

        if (!IsTransparent)
        {
            CheckClients(routing);
        }

        foreach (var listener in _request.Model.Listeners)
        {
            if (!listener.IsForWorkloads && !listener.IsLoopbackOnly)
            {
                _request.Preflight.OperatorsListenerIsOpen(listener);
            }

            // The stub listens on 127.0.0.53 and 127.0.0.54.
            if (listener is { Role: ListenerRole.Dns, Port: 53, Address.Address: null or "0.0.0.0" or "::" or "127.0.0.53" or "127.0.0.54" })
            {
                _request.Preflight.PortOfResolved(listener);
            }
        }

        if (IsTransparent && _request.Model.ProxyIp is { } proxyIp && !(IPAddress.TryParse(proxyIp, out var address) && IPAddress.IsLoopback(address)))
        {
            _request.Preflight.ProxyIpIsElsewhere(proxyIp);
        }
    }

    /// <summary>What leads the workload to the tunnel listener names neither a user nor a certificate: it is told by where it comes from, which is loopback.</summary>
    private void CheckClients(string routing)
    {
        var plan = _request.Plan;
        if (plan.TunnelTls is not null)
        {
            _request.Preflight.TunnelSpeaksTls(routing);
        }

        if (plan.Clients is { } clients && new ClientPolicy(clients).FindByNetwork(IPAddress.Loopback) is null)
        {
            _request.Preflight.WorkloadIsNoClient(routing);
        }
    }

    /// <summary>A redirected connection arrives at 127.0.0.1, or at ::1, which only a listener on every address has as well.</summary>
    private static bool IsReachedOnLoopback(DeploymentListener listener) => listener.Address.Address is null or "0.0.0.0" or "::" or "127.0.0.1";

    private void CheckPaths()
    {
        NamedPath[] paths =
        [
            .. _request.Model.Ca is { } ca ? (NamedPath[])[new(ca.Certificate, "tls.ca_cert", default), new(ca.Key, "tls.ca_key", default)] : [],
            .. _request.Model.Files.Select(f => new NamedPath(f.Name, f.Key, f.At)),
        ];
        foreach (var path in paths)
        {
            if (!path.Path.StartsWith('/'))
            {
                _request.Preflight.PathRelative(path);
            }
            else if (path.Key is not null && !IsPlain(path.Path))
            {
                // Paths of secrets are quoted where they are used; those of the CA are in unit files as well.
                _request.Preflight.PathUnusual(path);
            }
            else if (HiddenFolderOf(path.Path) is { } folder)
            {
                _request.Preflight.PathHidden(path, folder);
            }
        }
    }

    private static string? HiddenFolderOf(string path) => HiddenFolders.FirstOrDefault(f => path.StartsWith(f + "/", StringComparison.Ordinal));

    private static bool IsPlain(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') && !path.Split('/').Any(part => part is "." or "..");

    private ImmutableArray<string> ReadHeldUsers()
    {
        var users = ReadUsers("workload_users");
        if (users.IsEmpty && !HoldsAll)
        {
            _request.Preflight.NoUsers();
        }

        foreach (var user in users)
        {
            if (user is "root" or "0")
            {
                _request.Preflight.WorkloadIsTrusted(user, "no rule holds root, which can remove all of them");
            }
            else if (user == _request.Options["proxy_user"])
            {
                _request.Preflight.WorkloadIsTrusted(user, "the proxy runs as it, and may go everywhere");
            }
        }

        return users;
    }

    private void CheckExempt(ImmutableArray<string> held, ImmutableArray<string> exempt)
    {
        foreach (var user in HoldsAll ? held.Intersect(exempt, StringComparer.Ordinal) : [])
        {
            _request.Preflight.WorkloadIsTrusted(user, "exempt_users has it, too, and lets it go everywhere");
        }
    }

    private ImmutableArray<string> ReadUsers(string option)
    {
        var users = Entries(option);
        foreach (var user in users.Where(u => !IsUser(u)))
        {
            _request.Preflight.UserInvalid(option, user);
        }

        return users;
    }

    /// <summary>As useradd(8) takes names, or a number.</summary>
    private static bool IsUser(string text) =>
        text.All(char.IsAsciiDigit) ? uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id.ToString(CultureInfo.InvariantCulture) == text && id < uint.MaxValue
        : text.Length <= 32 && (char.IsAsciiLetterLower(text[0]) || text[0] == '_') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private ImmutableArray<string> ReadLoopbackPorts()
    {
        var entries = ReadPorts("loopback_ports");
        foreach (var (entry, listener) in Taken(entries, _request.Model.Listeners.Where(l => !l.IsForWorkloads)))
        {
            _request.Preflight.PortIsOperators(entry, listener);
        }

        return entries;
    }

    private ImmutableArray<string> ReadServePorts()
    {
        var entries = ReadPorts("serve_ports");
        foreach (var (entry, listener) in Taken(entries, _request.Model.Listeners))
        {
            _request.Preflight.PortIsTheProxys(entry, listener);
        }

        return entries;
    }

    private ImmutableArray<string> ReadPorts(string option)
    {
        var entries = Entries(option);
        foreach (var entry in entries.Where(e => !TryReadRange(e, out _, out _)))
        {
            _request.Preflight.PortInvalid(option, entry);
        }

        return entries;
    }

    /// <summary>Entries that have the port of a listener, with the first such.</summary>
    private static IEnumerable<(string Entry, DeploymentListener Listener)> Taken(ImmutableArray<string> entries, IEnumerable<DeploymentListener> listeners) =>
        from entry in entries
        let listener = TryReadRange(entry, out var first, out var last) ? listeners.FirstOrDefault(l => l.Port >= first && l.Port <= last) : null
        where listener is not null
        select (entry, listener);

    private static bool TryReadRange(string entry, out ushort first, out ushort last)
    {
        var ends = entry.Split('-');
        last = 0;
        return ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out last)
            && ends.Length <= 2 && first > 0 && first <= last;
    }

    private ImmutableArray<string> Entries(string option) =>
        [.. _request.Options[option].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    private Dictionary<string, object?> Fill(ImmutableArray<string> held, ImmutableArray<string> exempt, ImmutableArray<string> loopbackPorts, ImmutableArray<string> servePorts)
    {
        var model = _request.Model;
        var options = _request.Options;
        ListenerRole[] workloadRoles = IsTproxy ? [ListenerRole.Dns, ListenerRole.Tunnel] : IsTransparent ? [ListenerRole.Dns, ListenerRole.Http, ListenerRole.Https, ListenerRole.Tunnel] : [ListenerRole.Tunnel];
        var open = model.Listeners.Where(l => workloadRoles.Contains(l.Role)).ToArray();
        return new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["config_dir"] = BaremetalTarget.ConfigFolder,
            ["bin_dir"] = options["bin_dir"],
            ["nftables"] = options["firewall"] == "nftables",
            ["firewall"] = options["firewall"],
            ["transparent"] = IsTransparent,
            ["redirect"] = IsTransparent && !IsTproxy,
            ["tproxy"] = IsTproxy,
            ["table"] = WayOfMarked,
            ["mark"] = "0x" + WayOfMarked,
            ["all"] = HoldsAll,
            ["users"] = held,
            ["exempt"] = (ImmutableArray<string>)["root", options["proxy_user"], .. exempt],
            ["first_user"] = held.FirstOrDefault("app"),
            ["proxy_user"] = options["proxy_user"],
            ["powerful_groups"] = HostDeployment.PowerfulGroups,
            ["dns_port"] = PortOf(ListenerRole.Dns),
            ["http_port"] = PortOf(ListenerRole.Http),
            ["https_port"] = PortOf(ListenerRole.Https),
            ["tunnel_port"] = PortOf(ListenerRole.Tunnel),
            ["open_tcp_ports"] = Ports(open),
            ["loopback_ports"] = loopbackPorts,
            ["loopback_ports_iptables"] = loopbackPorts.Select(p => p.Replace('-', ':')).ToArray(),
            ["serve_ports"] = servePorts,
            ["serve_ports_iptables"] = servePorts.Select(p => p.Replace('-', ':')).ToArray(),
            ["listener_ports"] = Ports(model.Listeners.Where(l => !l.IsLoopbackOnly)),
            ["open_dns"] = model.Listener(ListenerRole.Dns) is { IsLoopbackOnly: false },
            ["capabilities"] = string.Join(' ', Capabilities()),
            ["ready_port"] = open[0].Port,
            ["ca"] = model.Ca is not null,
            ["ca_cert"] = model.Ca?.Certificate ?? "",
            ["ca_key"] = model.Ca?.Key ?? "",
            ["ca_days"] = options["ca_days"],
            ["trust_variables"] = TrustVariable.Of(Bundle + ".crt", model.Ca?.Certificate ?? "").Select(v => new Dictionary<string, object?> { ["name"] = v.Name, ["value"] = v.Value }).ToArray(),
            ["java_trust"] = TrustVariable.Java(Bundle + ".p12").Value,
            ["plan"] = options["policy"] == "plan",
            ["log_file"] = options["log"] == "file",
            ["variables"] = model.Variables.Select(v => v.Name).ToArray(),
            ["has_variables"] = !model.Variables.IsEmpty,
            ["files"] = model.Files.Select(f => f.Name).ToArray(),
            ["has_files"] = !model.Files.IsEmpty,
            ["written_files"] = model.WrittenFiles.Select(f => f.Path).ToArray(),
            ["writes_files"] = !model.WrittenFiles.IsEmpty,
            ["aws"] = model.AwsPermissions.Select(p => $"{p.Action} on {p.Resource}").ToArray(),
            ["has_aws"] = !model.AwsPermissions.IsEmpty,
        };

        IEnumerable<string> Capabilities() =>
            [.. model.Listeners.Any(l => l.IsPrivileged) ? ["CAP_NET_BIND_SERVICE"] : (string[])[], .. IsTproxy ? ["CAP_NET_RAW"] : (string[])[]];

        string PortOf(ListenerRole role) => model.Listener(role)?.Port.ToString(CultureInfo.InvariantCulture) ?? "";

        static string[] Ports(IEnumerable<DeploymentListener> listeners) =>
            [.. listeners.Select(l => l.Port).Distinct().Order().Select(p => p.ToString(CultureInfo.InvariantCulture))];
    }
}
