using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Upstreams;

/// <summary>What an <see cref="Http2Upstream"/> does with a request whose head is there.</summary>
internal enum Http2Reaction
{
    /// <summary>Answers 200 when the request has ended.</summary>
    Answer,

    /// <summary>Sends the head of a 200 at once, and ends the response when the request has ended.</summary>
    AnswerAtOnce,

    /// <summary>Refuses the stream as unprocessed.</summary>
    Refuse,

    /// <summary>Goes away, and says that no stream was processed.</summary>
    GoAway,

    /// <summary>Says that three bytes come, and sends five.</summary>
    SendMore,

    /// <summary>Says that fifty bytes come, and sends five.</summary>
    SendFewer,

    /// <summary>Says that three bytes come, or five.</summary>
    SayTwoLengths,

    /// <summary>Says that less than no bytes come.</summary>
    SayNegativeLength,

    /// <summary>Says in the trailers how many bytes came.</summary>
    SayLengthBehind,
}

/// <summary>A server that speaks just enough HTTP/2 (RFC 9113), frame by frame, to react as a test says.</summary>
internal sealed class Http2Upstream : LoopbackServer
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte GoAway = 7;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private const byte Ack = 1;

    /// <summary>RFC 7541, appendix A: entry 8 of the static table is :status 200.</summary>
    private static readonly byte[] Ok = [0x88];

    /// <summary>The name content-length, entry 28 of the table, in front of a value (RFC 7541, 6.2.2).</summary>
    private static readonly byte[] ContentLength = [0x0f, 0x0d];

    private readonly Func<int, Http2Reaction> _react;
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<int, bool> _begun = new();
    private int _requests;
    private long _bodyBytes;

    /// <summary>Starts a server.</summary>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="react">What is done with the first, second and so on request.</param>
    public Http2Upstream(X509Certificate2 certificate, Func<int, Http2Reaction> react)
    {
        _certificate = certificate;
        _react = react;
        Listen();
    }

    /// <summary>How many requests came.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How many bytes of bodies came.</summary>
    public long BodyBytes => Interlocked.Read(ref _bodyBytes);

    protected override async Task ServeAsync(TcpClient client)
    {
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http2] }, Stopping);
        await tls.ReadExactlyAsync(new byte[24], Stopping); // The preface.
        await WriteAsync(tls, Settings, 0, 0, []);
        while (true)
        {
            await ReadFrameAsync(tls);
        }
    }

    private async Task ReadFrameAsync(SslStream tls)
    {
        var head = new byte[9];
        await tls.ReadExactlyAsync(head, Stopping);
        var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await tls.ReadExactlyAsync(payload, Stopping);
        var (type, flags, stream) = (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue);
        switch (type)
        {
            case Settings or Ping when (flags & Ack) == 0:
                await WriteAsync(tls, type, Ack, 0, type == Ping ? payload : []);
                break;
            case Headers:
                var reaction = _react(Interlocked.Increment(ref _requests));
                await ReactAsync(tls, stream, reaction, ended: (flags & EndStream) != 0);
                break;
            case Data:
                Interlocked.Add(ref _bodyBytes, payload.Length);
                if ((flags & EndStream) != 0)
                {
                    var begun = _begun.ContainsKey(stream);
                    await WriteAsync(tls, begun ? Data : Headers, EndStream | (begun ? 0 : EndHeaders), stream, begun ? [] : Ok);
                }

                break;
        }
    }

    private async Task ReactAsync(SslStream tls, int stream, Http2Reaction reaction, bool ended)
    {
        switch (reaction)
        {
            case Http2Reaction.Refuse:
                await WriteAsync(tls, Reset, 0, stream, [0, 0, 0, 7]);
                break;
            case Http2Reaction.GoAway:
                await WriteAsync(tls, GoAway, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
                break;
            case Http2Reaction.AnswerAtOnce:
                _begun[stream] = true;
                await WriteAsync(tls, Headers, EndHeaders, stream, Ok);
                break;
            case Http2Reaction.SayLengthBehind:
                await WriteAsync(tls, Headers, EndHeaders, stream, Ok);
                await WriteAsync(tls, Data, 0, stream, [.. "12345"u8]);
                await WriteAsync(tls, Headers, EndStream | EndHeaders, stream, [.. ContentLength, .. "\u00015"u8]);
                break;
            case Http2Reaction.SendMore or Http2Reaction.SendFewer or Http2Reaction.SayTwoLengths or Http2Reaction.SayNegativeLength:
                var length = reaction switch { Http2Reaction.SendMore => "3", Http2Reaction.SendFewer => "50", Http2Reaction.SayTwoLengths => "3, 5", _ => "-1" };
                await WriteAsync(tls, Headers, EndHeaders, stream, [.. Ok, .. ContentLength, (byte)length.Length, .. System.Text.Encoding.ASCII.GetBytes(length)]);
                await WriteAsync(tls, Data, EndStream, stream, [.. "12345"u8]);
                break;
            case Http2Reaction.Answer when ended:
                await WriteAsync(tls, Headers, EndStream | EndHeaders, stream, Ok);
                break;
        }
    }

    private async Task WriteAsync(SslStream tls, byte type, int flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        frame[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await tls.WriteAsync(frame, Stopping);
    }
}
