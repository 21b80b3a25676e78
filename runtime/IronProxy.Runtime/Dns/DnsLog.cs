using System.Net;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Dns;

/// <summary>What the DNS server logs.</summary>
internal static partial class DnsLog
{
    [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "DNS server answers on {Endpoint}, over UDP and TCP")]
    public static partial void Listening(ILogger logger, IPEndPoint endpoint);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Warning, Message = "DNS pass-through of {Name} failed")]
    public static partial void PassThroughFailed(ILogger logger, Exception failure, string name);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning, Message = "DNS pass-through of {Name} refused: there is no upstream resolver")]
    public static partial void NoUpstream(ILogger logger, string name);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "DNS pass-through refused: too many queries of {Client} wait for name servers")]
    public static partial void TooManyWaiting(ILogger logger, IPAddress client);

    [LoggerMessage(EventId = 3008, Level = LogLevel.Warning, Message = "no name server: /etc/resolv.conf names none, and dns.upstream_resolver is not set; only dns.records, /etc/hosts and addresses lead anywhere")]
    public static partial void NoNameServer(ILogger logger);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Debug, Message = "DNS datagram lost")]
    public static partial void DatagramLost(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 3006, Level = LogLevel.Debug, Message = "DNS connection ended early")]
    public static partial void ConnectionLost(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 3007, Level = LogLevel.Error, Message = "DNS query could not be answered: a fault of the proxy")]
    public static partial void Fault(ILogger logger, Exception failure);
}
