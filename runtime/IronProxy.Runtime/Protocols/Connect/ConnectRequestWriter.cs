using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Connect;

/// <summary>Writes the request that asks a proxy for a tunnel (RFC 9110, 9.3.6).</summary>
internal static class ConnectRequestWriter
{
    /// <summary>The whole request.</summary>
    /// <param name="host">Where the tunnel leads.</param>
    /// <param name="port">The port there.</param>
    /// <param name="username">The user name that the proxy is shown; null for none. It has no colon.</param>
    /// <param name="password">Its password.</param>
    public static byte[] Write(CanonicalHost host, int port, string? username, string? password)
    {
        var head = new StringBuilder();
        head.Append($"CONNECT {host.UriText}:{port} HTTP/1.1\r\nHost: {host.UriText}:{port}\r\n");
        if (username is not null)
        {
            // RFC 7617, 2. Whatever is in them, base64 ends no line.
            head.Append($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"))}\r\n");
        }

        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }
}
