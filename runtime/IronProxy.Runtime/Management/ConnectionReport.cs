using System.Text.Json;
using IronProxy.Runtime.Listeners;

namespace IronProxy.Runtime.Management;

/// <summary>Says which connections are open.</summary>
/// <param name="connections">The connections.</param>
internal sealed class ConnectionReport(OpenConnections connections)
{
    /// <summary>How many are told of: those that are open for the longest time.</summary>
    private const int MaxConnections = 1_000;

    /// <summary>The answer.</summary>
    public ManagementAnswer Read()
    {
        var open = connections.Read();
        return ManagementAnswer.Of(200, json =>
        {
            json.WriteNumber("open"u8, open.Count);
            json.WriteStartArray("connections"u8);
            foreach (var (connection, since) in open.Take(MaxConnections))
            {
                Write(json, connection, since);
            }

            json.WriteEndArray();
        });
    }

    private static void Write(Utf8JsonWriter json, ProxyConnection connection, DateTimeOffset since)
    {
        json.WriteStartObject();
        json.WriteString("listener"u8, connection.ListenerName);
        json.WriteString("remote"u8, connection.RemoteAddress?.ToString());
        json.WriteString("since"u8, StatusReport.Text(since));
        if (connection.Tunnel is { } tunnel)
        {
            json.WriteStartObject("tunnel"u8);
            json.WriteString("mode"u8, tunnel.Mode);
            json.WriteString("host"u8, tunnel.Host.Text);
            json.WriteNumber("port"u8, tunnel.Port);
            if (tunnel.Client is { } client)
            {
                json.WriteString("client"u8, client.Name);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
