using System.Buffers;
using System.Net;
using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Hosting;

/// <summary>
/// The lines of a start: the first, with which the sink is tried before anything is served, and the one that says where the
/// proxy listens, once it does; programs that start a proxy wait for it.
/// </summary>
internal static class StartLines
{
    /// <param name="sink">Where lines go.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="variables">The environment variables that change where the proxy stands.</param>
    /// <param name="time">The clock.</param>
    public static void WriteStarting(LineSink sink, ProxyPlan plan, IEnumerable<string> variables, TimeProvider time)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow());
            json.WriteString("level"u8, "info"u8);
            json.WriteString("msg"u8, "starting"u8);
            json.WriteString("plan_hash"u8, plan.PolicyHash);
            if (string.Join(", ", variables) is { Length: > 0 } changed)
            {
                json.WriteString("environment"u8, changed);
            }

            json.WriteEndObject();
        }

        sink.TryWrite(buffer.WrittenSpan);
    }

    public static void WriteReady(LineSink sink, ProxyPlan plan, IReadOnlyDictionary<ListenerRole, IPEndPoint> endpoints, IPEndPoint? dns, TimeProvider time)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow());
            json.WriteString("level"u8, "info"u8);
            json.WriteString("msg"u8, "ready"u8);
            json.WriteString("plan_hash"u8, plan.PolicyHash);
            json.WriteStartObject("listeners"u8);
            foreach (var (role, endpoint) in endpoints.OrderBy(e => e.Key))
            {
                json.WriteString(role.Name(), endpoint.ToString());
            }

            if (dns is not null)
            {
                json.WriteString("dns"u8, dns.ToString());
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        sink.TryWrite(buffer.WrittenSpan);
    }
}
