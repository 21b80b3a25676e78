using System.Collections.Immutable;
using System.Net;
using IronProxy.Plan;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// The DNS server that leads workloads to the proxy, over UDP and TCP on one port. <see cref="Bind"/> first, so that an
/// occupied port ends the start before anything is served; then <see cref="Start"/>.
/// </summary>
internal sealed class DnsServer : IAsyncDisposable
{
    private readonly ListenAddress _listen;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Func<DnsAnswers> _answers;
    private readonly DnsPassThrough _passThrough;
    private readonly DnsQuestionLog? _questions;
    private readonly CancellationTokenSource _stopping = new();
    private DnsSockets? _sockets;
    private ImmutableArray<Thread>? _udp;
    private Task? _tcp;

    /// <summary>Prepares the server.</summary>
    /// <param name="listen">Where it listens.</param>
    /// <param name="answers">What is answered; asked for each query.</param>
    /// <param name="lookups">Asks about names that are passed through. Without it they fail.</param>
    /// <param name="questions">Where questions are recorded; null when they are not.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock of the time limits.</param>
    public DnsServer(ListenAddress listen, Func<DnsAnswers> answers, DnsLookups? lookups, DnsQuestionLog? questions, ILogger<DnsServer> logger, TimeProvider time)
    {
        _listen = listen;
        _logger = logger;
        _time = time;
        _answers = answers;
        _questions = questions;
        _passThrough = new DnsPassThrough(lookups, logger, time);
    }

    /// <summary>Where the server listens, once bound.</summary>
    public IPEndPoint Endpoint => (_sockets ?? throw new InvalidOperationException("The DNS server is not bound.")).Endpoint;

    /// <summary>What became of the messages that came.</summary>
    public DnsCounters Counters { get; } = new();

    /// <summary>Binds both sockets. Nothing is answered yet.</summary>
    /// <exception cref="StartupException">The address cannot be bound.</exception>
    public void Bind()
    {
        if (_sockets is not null)
        {
            throw new InvalidOperationException("The DNS server is bound already.");
        }

        _sockets = DnsSockets.Bind(_listen);
    }

    /// <summary>Begins to answer.</summary>
    public void Start()
    {
        if (_sockets is null || _udp is not null)
        {
            throw new InvalidOperationException("The DNS server is started once, after it was bound.");
        }

        var tcp = new DnsTcpListener(_sockets.Tcp, _answers, _passThrough, Counters, _questions, _logger, _time);
        _udp = [.. _sockets.Udp.Select(socket => new DnsUdpListener(socket, _answers, _passThrough, Counters, _questions, _logger)).Select(udp => new Thread(() => udp.Serve(_stopping.Token)) { IsBackground = true, Name = "dns-udp" })];
        foreach (var thread in _udp)
        {
            thread.Start();
        }

        _tcp = tcp.ServeAsync(_stopping.Token);
        DnsLog.Listening(_logger, Endpoint);
    }

    /// <summary>Stops: both sockets are closed, and what is under way ends without an answer.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        _sockets?.Dispose();
        foreach (var thread in _udp ?? [])
        {
            await Task.Run(thread.Join);
        }

        if (_tcp is not null)
        {
            await _tcp;
        }

        await _passThrough.DrainAsync();
        _stopping.Dispose();
    }
}
