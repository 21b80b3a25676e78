using System.Diagnostics.CodeAnalysis;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Where a tunnel listener is.</summary>
/// <param name="Host">A name or an address, without brackets.</param>
/// <param name="Port">The port.</param>
internal sealed record ProxyAddress(string Host, int Port)
{
    /// <summary>Reads what proxy variables hold: <c>http://host:port</c>, or <c>host:port</c> alone.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ProxyAddress? address)
    {
        address = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Scheme is not ("http" or "socks5" or "socks5h"))
        {
            return false;
        }

        address = new ProxyAddress(uri.Host.Trim('[', ']'), uri.Port > 0 ? uri.Port : 1080);
        return true;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
