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
/// Takes what is sent by OTLP, over HTTP or gRPC, and reads it by the numbers of the fields in opentelemetry/proto (logs/v1/logs.proto, collector/logs/v1/logs_service.proto).
/// </summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<Dictionary<string, string>> _records = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private WebApplication _app = null!; // Set by StartAsync.

    /// <summary>What it answers: 200 unless it is told otherwise.</summary>
    public volatile int Status = 200;

    /// <summary>Path and Authorization of each request.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Attributes of each record; those of the resource with a prefix.</summary>
    public IReadOnlyCollection<Dictionary<string, string>> Records => _records;

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

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http, bool grpc)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _requests.Enqueue($"{http.Request.Path} {http.Request.Headers.Authorization}");
        if (Status == 200)
        {
            Read(body.ToArray().AsMemory(grpc ? 5 : 0));
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

    private void Read(ReadOnlyMemory<byte> request)
    {
        foreach (var resourceLogs in Messages(request, 1))
        {
            var resource = Messages(resourceLogs, 1).SelectMany(r => Messages(r, 1)).Select(Attribute).ToArray();
            foreach (var record in Messages(resourceLogs, 2).SelectMany(s => Messages(s, 2)))
            {
                var attributes = resource.ToDictionary(a => "resource:" + a.Key, a => a.Value, StringComparer.Ordinal);
                foreach (var (key, value) in Messages(record, 6).Select(Attribute))
                {
                    attributes.Add(key, value);
                }

                attributes.Add("(severity)", Number(record, 2));
                attributes.Add("(time)", Number(record, 1));
                _records.Enqueue(attributes);
            }
        }
    }

    private static KeyValuePair<string, string> Attribute(ReadOnlyMemory<byte> pair) => new(Encoding.UTF8.GetString(Messages(pair, 1).Single().Span), Value(Messages(pair, 2).Single()));

    /// <summary>AnyValue of common/v1/common.proto.</summary>
    private static string Value(ReadOnlyMemory<byte> value)
    {
        var (number, wire, bytes, integer) = Fields(value).Single();
        return (number, wire) switch
        {
            (1, 2) => Encoding.UTF8.GetString(bytes.Span),
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
