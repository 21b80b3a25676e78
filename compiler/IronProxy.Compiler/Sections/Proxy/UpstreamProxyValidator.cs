using System.Text;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Checks upstream_proxy.</summary>
internal static class UpstreamProxyValidator
{
    /// <summary>RFC 1929, 2: its length is one byte.</summary>
    private const int MaxUsernameBytes = 255;

    public static void Validate(UpstreamProxyConfig config, ValidationContext context)
    {
        if (config.FromEnvironment is { Value: true })
        {
            RequireAlone(config, context);
        }
        else if (!config.Has("http_proxy") && !config.Has("https_proxy") && !context.Structure.IsBroken(config))
        {
            context.Bag.UpstreamProxyMissing(config.Span);
        }

        foreach (var url in new[] { config.HttpProxy, config.HttpsProxy })
        {
            if (url is { } text)
            {
                UrlText.ParseProxy(text, context.Bag);
            }
        }

        if (config.NoProxy is { } hosts)
        {
            NoProxyText.Parse(hosts, context.Bag);
        }

        ValidateCredentials(config, context);
    }

    /// <summary>Two answers to one question would leave open which of them holds.</summary>
    private static void RequireAlone(UpstreamProxyConfig config, ValidationContext context)
    {
        foreach (var entry in config.Node.Entries.Where(e => e.Key.Value != "from_environment"))
        {
            context.Bag.UpstreamProxyTwice(entry.Key.Span, entry.Key.Value);
        }
    }

    private static void ValidateCredentials(UpstreamProxyConfig config, ValidationContext context)
    {
        if (config.Has("username") != config.Has("password") && !context.Structure.IsBroken(config))
        {
            var (key, missing) = config.Has("username") ? ("username", "password") : ("password", "username");
            context.Bag.ProxyCredentialsIncomplete(config.KeySpan(key), key, missing);
        }

        if (config.Username is { } username && context.RequireText(username, "the user name"))
        {
            ValidateUsername(username, context);
        }

        SourceValidator.Validate(config.Password, context);
    }

    private static void ValidateUsername(Located<string> username, ValidationContext context)
    {
        // RFC 7617, 2: what stands behind the first colon is the password.
        if (username.Value.Contains(':', StringComparison.Ordinal))
        {
            context.Bag.ProxyUsernameInvalid(username.Span, "has a colon, and the password would begin behind it");
        }
        else if (Encoding.UTF8.GetByteCount(username.Value) > MaxUsernameBytes)
        {
            context.Bag.ProxyUsernameInvalid(username.Span, $"is longer than {MaxUsernameBytes} bytes, and no proxy can be shown it");
        }
    }
}
