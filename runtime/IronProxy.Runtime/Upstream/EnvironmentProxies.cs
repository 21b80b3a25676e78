using System.Globalization;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Reads the proxies that the environment names, as curl and Go's programs do: HTTP_PROXY and HTTPS_PROXY, ALL_PROXY for what has none of its own, and
/// NO_PROXY. Of two spellings the one in lower case holds. URLs may hold credentials, so that no value is repeated anywhere.
/// </summary>
internal static class EnvironmentProxies
{
    private const string Separator = "://";

    /// <summary>Set for programs that a web server starts (RFC 3875), which are handed the request's header <c>Proxy</c> as HTTP_PROXY.</summary>
    private const string CgiVariable = "REQUEST_METHOD";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the environment. A variable that is empty is as one that is not set.</summary>
    /// <exception cref="StartupException">A variable that is needed cannot be used; the sentence names it, without its value.</exception>
    public static UpstreamProxies Read(Func<string, string?> variable)
    {
        var all = Find("all_proxy");
        var http = Find("http_proxy", isTold: string.IsNullOrEmpty(variable(CgiVariable))) ?? all;
        var https = Find("https_proxy") ?? all;
        return new UpstreamProxies(http is { } forHttp ? Parse(forHttp) : null, https is { } forHttps ? Parse(forHttps) : null, ParseHosts(Find("no_proxy")).Contains);

        Setting? Find(string name, bool isTold = true) =>
            variable(name) is { Length: > 0 } lower ? new Setting(name, lower)
            : isTold && variable(name.ToUpperInvariant()) is { Length: > 0 } upper ? new Setting(name.ToUpperInvariant(), upper)
            : null;
    }

    private static NoProxyList ParseHosts(Setting? setting)
    {
        if (setting is not { } hosts)
        {
            return NoProxyList.Empty;
        }

        return NoProxyList.TryParse(hosts.Value, out var list) is { } entry
            ? throw Unusable(hosts, string.Create(CultureInfo.InvariantCulture, $"entry {entry} is neither a name, nor an address, nor a network"))
            : list;
    }

    private static UpstreamProxy Parse(Setting setting)
    {
        var url = setting.Value.Contains(Separator, StringComparison.Ordinal) ? setting.Value : $"http{Separator}{setting.Value}";
        var start = url.IndexOf(Separator, StringComparison.Ordinal) + Separator.Length;
        var end = url.AsSpan(start).IndexOfAny("/?#") is >= 0 and var found ? start + found : url.Length;
        var at = url.AsSpan(start, end - start).LastIndexOf('@');
        var refusal = UpstreamProxyAddress.TryParse(at < 0 ? url : url.Remove(start, at + 1), out var address);
        if (refusal is not null)
        {
            throw Unusable(setting, refusal == Reason.UnsupportedTarget ? "the scheme is none of http, https, socks5 and socks5h"
                : refusal == Reason.InvalidPath ? "a proxy has neither path nor query"
                : "no host and port can be read in it");
        }

        var userinfo = at < 0 ? "" : url.Substring(start, at);
        var colon = userinfo.IndexOf(':', StringComparison.Ordinal);
        var username = Decode(setting, colon < 0 ? userinfo : userinfo[..colon]);
        var password = Decode(setting, colon < 0 ? "" : userinfo[(colon + 1)..]);
        if (username.Length == 0 && password.Length == 0)
        {
            return new UpstreamProxy(address, null, null);
        }

        if (FindProblem(username, password, address.IsSocks) is { } problem)
        {
            throw Unusable(setting, problem);
        }

        return new UpstreamProxy(address, username, new Known(new SecretValue(password)));
    }

    private static string? FindProblem(string username, string password, bool isSocks) =>
        UpstreamProxy.FindProblem(password, isSocks) is { } wrong ? $"the password {wrong}"
        : UpstreamProxy.FindProblem(username, isSocks) is { } wrongName ? $"the user name {wrongName}"
        : username.Contains(':', StringComparison.Ordinal) ? "the user name has a colon, and the password would begin behind it" // RFC 7617, 2.
        : isSocks && (username.Length == 0 || password.Length == 0) ? "a SOCKS5 proxy is shown a user name and a password together" // RFC 1929, 2.
        : null;

    /// <summary>Decodes what is percent-encoded (RFC 3986, 2.1). What is no text then is refused: two readers would take it for different ones.</summary>
    private static string Decode(Setting setting, string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        try
        {
            var bytes = new List<byte>(text.Length);
            for (var i = 0; i < text.Length;)
            {
                if (text[i] == '%')
                {
                    bytes.AddRange(Convert.FromHexString(text.AsSpan(i + 1, 2)));
                    i += 3;
                }
                else
                {
                    var length = text.AsSpan(i).IndexOf('%') is >= 0 and var next ? next : text.Length - i;
                    bytes.AddRange(Strict.GetBytes(text.Substring(i, length)));
                    i += length;
                }
            }

            return Strict.GetString([.. bytes]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // The text of the exception may repeat a part of it.
            throw Unusable(setting, "the credentials have a percent sign that begins no escape of UTF-8");
        }
    }

    private static StartupException Unusable(Setting setting, string problem) =>
        new($"{setting.Name} of the environment, which proxy.upstream_proxy asks for (from_environment), cannot be used: {problem}.");

    private readonly record struct Setting(string Name, string Value);

    private sealed class Known(SecretValue value) : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(value);
    }
}
