using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>
/// What the cases of the corpus run against: one upstream without TLS, three with, a proxy on the way to them, a resolver, and one
/// proxy process a policy. Cases run one after the other, so that what a server saw belongs to the case.
/// </summary>
internal sealed partial class BypassWorld : IAsyncDisposable
{
    private readonly Dictionary<string, GatewayProcess> _proxies = new(StringComparer.Ordinal);
    private readonly string? _checkOff;
    private readonly X509Certificate2 _good;
    private readonly X509Certificate2 _selfSigned;

    /// <summary>Starts the servers.</summary>
    /// <param name="checkOff">The check that the proxies leave out, which only a build with CHECK_SWITCHES does.</param>
    public BypassWorld(string? checkOff = null)
    {
        _checkOff = checkOff;
        _good = Folder.UpstreamCertificate(["api.example.com", "other.example.com", "inject.example.com"]);
        _selfSigned = Folder.UpstreamCertificate(["api.example.com"], selfSigned: true);
        using (var certificates = new ClientCertificates(Folder))
        {
            certificates.Issue("agent", dns: "agent.internal");
            certificates.Issue("agent-of-another-ca", dns: "agent.internal", byOther: true);
            certificates.Issue("agent-of-before", dns: "agent.internal", expired: true);
            certificates.Issue("nobody", dns: "nobody.internal");
        }

        Plain = ScriptedUpstream.Start();
        Tls = ScriptedUpstream.Start(_good);
        SelfSigned = ScriptedUpstream.Start(_selfSigned);
        Proxy = ScriptedProxy.Start(Lead);
        Resolver = ScriptedDnsUpstream.Start(new BypassNames().Answer);
    }

    public ProxyFolder Folder { get; } = ProxyFolder.Create();

    public ScriptedUpstream Plain { get; }

    public ScriptedUpstream Tls { get; }

    public ScriptedUpstream SelfSigned { get; }

    /// <summary>The proxy on the way to upstreams, for policies that name it.</summary>
    public ScriptedProxy Proxy { get; }

    public ScriptedDnsUpstream Resolver { get; }

    /// <summary>All that any upstream was sent, and the proxy on the way to them before it led anywhere.</summary>
    public string Received => Plain.Received + Tls.Received + SelfSigned.Received + Proxy.Received;

    public void Clear()
    {
        Plain.Clear();
        Tls.Clear();
        SelfSigned.Clear();
        Proxy.Clear();
    }

    public async Task<GatewayProcess> ProxyAsync(string policy)
    {
        if (!_proxies.TryGetValue(policy, out var proxy))
        {
            var yaml = Expand(BypassCaseReader.ReadPolicy(policy), null);
            var environment = BypassSecrets.Environment.Concat(_checkOff is null ? [] : [("IRON_CHECK_OFF", _checkOff)]);
            _proxies[policy] = proxy = await GatewayProcess.StartAsync(Folder, yaml, environment);
        }

        return proxy;
    }

    /// <summary>Fills in the ports: <c>{http}</c>, <c>{https}</c>, <c>{selfsigned}</c>, <c>{proxy}</c>, <c>{metrics}</c>, <c>{dns}</c>; <c>{http+65536}</c> adds.</summary>
    public string Expand(string text, GatewayProcess? proxy) => Port().Replace(text, match =>
    {
        var port = match.Groups["name"].Value switch
        {
            "http" => Plain.Port,
            "https" => Tls.Port,
            "selfsigned" => SelfSigned.Port,
            "proxy" => Proxy.Port,
            "dns" => Resolver.Endpoint.Port,
            var listener => proxy!.Listeners[listener].Port, // Only cases name listeners, and they have a proxy.
        };
        var added = match.Groups["add"] is { Success: true, Value: var add } ? int.Parse(add, CultureInfo.InvariantCulture) : 0;
        return (port + added).ToString(CultureInfo.InvariantCulture);
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
        {
            await proxy.DisposeAsync();
        }

        await Plain.DisposeAsync();
        await Tls.DisposeAsync();
        await SelfSigned.DisposeAsync();
        await Proxy.DisposeAsync();
        await Resolver.DisposeAsync();
        _good.Dispose();
        _selfSigned.Dispose();
        Folder.Dispose();
    }

    /// <summary>Whatever is asked for is on loopback here, but for names that lead nowhere.</summary>
    private static ScriptedTunnel Lead(string asked) =>
        asked.Contains(" refused.", StringComparison.Ordinal) ? new ScriptedTunnel()
        : asked.Contains(" smuggled.", StringComparison.Ordinal) ? ScriptedTunnel.Saying("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        : ScriptedTunnel.Leads(int.Parse(asked[(asked.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\{(?<name>http|https|selfsigned|proxy|metrics|dns|tunnel)(\+(?<add>\d+))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Port();
}
