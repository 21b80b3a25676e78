using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Tests.Telemetry;

/// <summary>
/// Takes what is sent by OTLP, over HTTP or gRPC, and reads it by the numbers of the fields in opentelemetry/proto (logs/v1/logs.proto, trace/v1/trace.proto, and the
/// services in collector, whose requests have the same outer fields).
/// </summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<Dictionary<string, string>> _records = new();
    private readonly ConcurrentQueue<Dictionary<string, string>> _spans = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private WebApplication _app = null!; // Set by StartAsync.

    /// <summary>What it answers: 200 unless it is told otherwise.</summary>
    public volatile int Status = 200;

    /// <summary>What it waits for before it answers.</summary>
    public volatile Task Turn = Task.CompletedTask;

    /// <summary>Path and Authorization of each request.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Attributes of each record; those of the resource with a prefix.</summary>
    public IReadOnlyCollection<Dictionary<string, string>> Records => _records;

    /// <summary>Attributes of each span; those of the resource with a prefix, and the fields in parentheses.</summary>
    public IReadOnlyCollection<Dictionary<string, string>> Spans => _spans;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(); // It listens.

    public static async Task<Collector> StartAsync(bool grpc)
    {
        var collector = new Collector();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, l => l.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        collector._app = builder.Build();
        collector._app.Run(http => collector.TakeAsync(http, grpc));
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Waits for records.</summary>
    public async Task<Dictionary<string, string>[]> ReceiveAsync(int count)
    {
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(_records.Count >= count)));
        return [.. _records];
    }

    /// <summary>Waits for spans.</summary>
    public async Task<Dictionary<string, string>[]> ReceiveSpansAsync(int count)
    {
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(_spans.Count >= count)));
        return [.. _spans];
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http, bool grpc)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _requests.Enqueue($"{http.Request.Path} {http.Request.Headers.Authorization}");
        await Turn;
        if (Status == 200)
        {
            var isTrace = http.Request.Path.Value!.Contains("trace", StringComparison.OrdinalIgnoreCase);
            Read(body.ToArray().AsMemory(grpc ? 5 : 0), isTrace ? ReadSpan : ReadRecord);
        }

        if (grpc)
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(new byte[5]);
            http.Response.AppendTrailer("grpc-status", Status == 200 ? "0" : "14");
        }
        else
        {
            http.Response.StatusCode = Status;
        }
    }

    /// <summary>Reads the items of each resource and scope.</summary>
    private static void Read(ReadOnlyMemory<byte> request, Action<ReadOnlyMemory<byte>, Dictionary<string, string>> readItem)
    {
        foreach (var ofResource in Messages(request, 1))
        {
            var resource = Messages(ofResource, 1).SelectMany(r => Messages(r, 1)).Select(Attribute).ToArray();
            foreach (var ofScope in Messages(ofResource, 2))
            {
                var scope = Messages(ofScope, 1).SelectMany(s => Messages(s, 1)).Select(Text).Single();
                foreach (var item in Messages(ofScope, 2))
                {
                    var attributes = resource.ToDictionary(a => "resource:" + a.Key, a => a.Value, StringComparer.Ordinal);
                    attributes.Add("(scope)", scope);
                    readItem(item, attributes);
                }
            }
        }
    }

    private void ReadRecord(ReadOnlyMemory<byte> record, Dictionary<string, string> attributes)
    {
        Add(attributes, Messages(record, 6));
        attributes.Add("(severity)", Number(record, 2));
        attributes.Add("(time)", Number(record, 1));
        AddIds(attributes, record, ("(trace)", 9), ("(span)", 10));
        _records.Enqueue(attributes);
    }

    private void ReadSpan(ReadOnlyMemory<byte> span, Dictionary<string, string> attributes)
    {
        Add(attributes, Messages(span, 9));
        AddIds(attributes, span, ("(trace)", 1), ("(span)", 2), ("(parent)", 4));
        attributes.Add("(state)", string.Concat(Messages(span, 3).Select(Text)));
        attributes.Add("(name)", Text(Messages(span, 5).Single()));
        attributes.Add("(kind)", Number(span, 6));
        attributes.Add("(start)", Number(span, 7));
        attributes.Add("(end)", Number(span, 8));
        attributes.Add("(status)", string.Concat(Messages(span, 15).SelectMany(s => Fields(s).Where(f => f.Number == 3)).Select(f => f.Integer)));
        _spans.Enqueue(attributes);
    }

    private static void Add(Dictionary<string, string> attributes, IEnumerable<ReadOnlyMemory<byte>> pairs)
    {
        foreach (var (key, value) in pairs.Select(Attribute))
        {
            attributes.Add(key, value);
        }
    }

    private static void AddIds(Dictionary<string, string> attributes, ReadOnlyMemory<byte> message, params (string Name, int Number)[] ids)
    {
        foreach (var (name, number) in ids)
        {
            attributes.Add(name, string.Concat(Messages(message, number).Select(static id => Convert.ToHexStringLower(id.Span))));
        }
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static KeyValuePair<string, string> Attribute(ReadOnlyMemory<byte> pair) => new(Text(Messages(pair, 1).Single()), Value(Messages(pair, 2).Single()));

    /// <summary>AnyValue of common/v1/common.proto.</summary>
    private static string Value(ReadOnlyMemory<byte> value)
    {
        var (number, wire, bytes, integer) = Fields(value).Single();
        return (number, wire) switch
        {
            (1, 2) => Text(bytes),
            (3, 0) => integer.ToString(CultureInfo.InvariantCulture),
            (4, 1) => BitConverter.UInt64BitsToDouble(integer).ToString("R", CultureInfo.InvariantCulture),
            (5, 2) => string.Join('|', Messages(bytes, 1).Select(Value)),
            _ => $"field {number}",
        };
    }

    private static string Number(ReadOnlyMemory<byte> message, int number) => Fields(message).First(f => f.Number == number).Integer.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int number) => Fields(message).Where(f => f.Number == number && f.Wire == 2).Select(f => f.Bytes);

    private static List<(int Number, int Wire, ReadOnlyMemory<byte> Bytes, ulong Integer)> Fields(ReadOnlyMemory<byte> message)
    {
        var fields = new List<(int, int, ReadOnlyMemory<byte>, ulong)>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message.Span, ref at);
            var (number, wire) = ((int)(key >> 3), (int)(key & 7));
            var length = wire switch { 0 => 0, 1 => 8, 2 => (int)Varint(message.Span, ref at), _ => 4 };
            var integer = wire switch { 0 => Varint(message.Span, ref at), 1 => BitConverter.ToUInt64(message.Span[at..]), 5 => BitConverter.ToUInt32(message.Span[at..]), _ => 0UL };
            fields.Add((number, wire, message.Slice(at, length), integer));
            at += length;
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }
}
