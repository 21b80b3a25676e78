using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Writes a line for each DNS question, when the policy asks for it. Their layout is schema/dns-audit.schema.json. Nothing waits for them: without room
/// they are dropped and counted, as log lines are.
/// </summary>
/// <param name="lines">Where lines go.</param>
/// <param name="time">The clock.</param>
/// <param name="deniedOnly">Whether questions that were answered or passed through leave none.</param>
internal sealed class DnsQuestionLog(LineSink lines, TimeProvider time, bool deniedOnly)
{
    // A name's text has letters, digits and escapes that its reader has made; nothing of it needs one of JSON but the backslash.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>The log that a plan asks for; null when it asks for none.</summary>
    /// <exception cref="PlanException">The plan asks for something else.</exception>
    public static DnsQuestionLog? Of(LogPlan plan, LineSink lines, TimeProvider time) => plan.Dns switch
    {
        null => null,
        LogPlan.DeniedQuestions => new DnsQuestionLog(lines, time, deniedOnly: true),
        LogPlan.AllQuestions => new DnsQuestionLog(lines, time, deniedOnly: false),
        _ => throw new PlanException("The plan's log.dns is not one that this proxy knows."),
    };

    /// <summary>Whether an outcome leaves a line.</summary>
    public bool Wants(DnsOutcome outcome) => outcome is DnsOutcome.Denied or DnsOutcome.Error || (!deniedOnly && outcome != DnsOutcome.Drop);

    /// <summary>Writes the line of a question that <see cref="Wants"/> wants.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="question">The question; nothing when it could not be read.</param>
    /// <param name="response">The response.</param>
    /// <param name="client">Who asked.</param>
    /// <param name="udp">Whether it came over UDP.</param>
    public void Write(DnsOutcome outcome, in DnsQuestion question, ReadOnlySpan<byte> response, IPEndPoint client, bool udp)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(512);
        buffer.ResetWrittenCount();
        var json = t_writer ??= new Utf8JsonWriter(buffer, Options);
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("level"u8, outcome is DnsOutcome.Denied or DnsOutcome.Error ? "warn"u8 : "info"u8);
        json.WriteString("msg"u8, "dns"u8);
        json.WriteStartObject("dns"u8);
        json.WriteString("client"u8, new IPEndPoint(CanonicalHost.Unmap(client.Address), client.Port).ToString());
        json.WriteString("transport"u8, udp ? "udp"u8 : "tcp"u8);
        if (question.Query.Name is { } name)
        {
            json.WriteString("name"u8, name);
            json.WriteString("type"u8, NameOf(question.Query.Type));
        }

        json.WriteString("answer"u8, NameOf(outcome));
        json.WriteString("rcode"u8, NameOf(CodeOf(outcome, response)));
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        lines.TryWriteSpare(buffer.WrittenSpan);
    }

    /// <summary>The half of the code that is in the head says it all: the one code that does not fit there has zeros in it, and is an error.</summary>
    private static DnsResponseCode CodeOf(DnsOutcome outcome, ReadOnlySpan<byte> response) =>
        !DnsHeader.TryRead(response, out var header) ? DnsResponseCode.ServerFailure
        : outcome == DnsOutcome.Error && header.Code == DnsResponseCode.NoError ? DnsResponseCode.BadVersion
        : header.Code;

    private static string NameOf(DnsOutcome outcome) => outcome switch
    {
        DnsOutcome.Own => "own",
        DnsOutcome.Denied => "denied",
        DnsOutcome.PassThrough => "passed_through",
        _ => "error",
    };

    private static string NameOf(DnsResponseCode code) => code switch
    {
        DnsResponseCode.NoError => "NOERROR",
        DnsResponseCode.FormatError => "FORMERR",
        DnsResponseCode.NameError => "NXDOMAIN",
        DnsResponseCode.NotImplemented => "NOTIMP",
        DnsResponseCode.Refused => "REFUSED",
        DnsResponseCode.BadVersion => "BADVERS",
        _ => "SERVFAIL",
    };

    /// <summary>RFC 3597, 5: a type without a name that is known here has its number.</summary>
    private static string NameOf(DnsType type) => Enum.GetName(type)?.ToUpperInvariant() ?? "TYPE" + ((int)type).ToString(CultureInfo.InvariantCulture);
}
