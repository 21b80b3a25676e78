using System.Net;

namespace IronProxy.Runtime.Dns;

/// <summary>Reads the text of resolv.conf(5).</summary>
public static class ResolvConf
{
    private const int DnsPort = 53;

    /// <summary>The first name server, or null when the text names none that is an address.</summary>
    public static IPEndPoint? FirstNameserver(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // The keyword begins its line, and white space follows it; comments begin with another character.
            const string keyword = "nameserver";
            if (!line.StartsWith(keyword, StringComparison.Ordinal) || line.Length == keyword.Length || line[keyword.Length] is not (' ' or '\t'))
            {
                continue;
            }

            var value = line[keyword.Length..].Trim();
            var end = value.IndexOfAny(" \t#;");
            if (IPAddress.TryParse(end < 0 ? value : value[..end], out var address))
            {
                return new IPEndPoint(address, DnsPort);
            }
        }

        return null;
    }
}
