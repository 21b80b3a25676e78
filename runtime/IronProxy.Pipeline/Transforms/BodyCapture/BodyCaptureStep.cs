using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>body_capture</c>: the body streams on, and what was seen of it is annotated when the request is recorded. It never
/// rejects.
/// </summary>
/// <param name="plan">The step.</param>
public sealed class BodyCaptureStep(BodyCaptureStepPlan plan) : IRequestStep
{
    /// <summary>A small body is larger when it is compressed: head and tail of the coding are kept beyond the limit.</summary>
    private const int CodingOverhead = 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc />
    public string Name => plan.Type;

    /// <inheritdoc />
    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (!context.IsInScope(plan.Rules))
        {
            return new(StepOutcome.Continue);
        }

        context.Observer?.RecordsBody(plan.MaxRequestBodyBytes);
        if (context.Body.Exists)
        {
            var encoding = context.Received.Find("Content-Encoding") ?? "";
            var prefix = new BodyPrefix(plan.MaxRequestBodyBytes + (ContentCoding.IsIdentity(encoding) ? 0 : CodingOverhead));
            context.Body.Observe(prefix);
            context.Record.BeforeWrite(Finish, (context.Step, prefix, encoding));
        }

        return new(StepOutcome.Continue);
    }

    private void Finish((StepRecord Step, BodyPrefix Prefix, string Encoding) state)
    {
        var (step, prefix, encoding) = state;
        var bytes = prefix.Bytes;
        var truncated = prefix.Truncated;
        if (!ContentCoding.IsIdentity(encoding) && bytes.Length > 0)
        {
            if (!ContentCoding.TryDecodePrefix(encoding, bytes, plan.MaxRequestBodyBytes, out var decoded))
            {
                step.Annotate("error", "the body's content coding cannot be read");
                return;
            }

            truncated |= decoded.Length > plan.MaxRequestBodyBytes;
            bytes = decoded.AsMemory(0, Math.Min(decoded.Length, plan.MaxRequestBodyBytes));
        }

        AnnotateText(step, bytes.Span, truncated);
        if (truncated)
        {
            step.Annotate("request_body_truncated", true);
        }
    }

    /// <summary>Text is recorded as it is; anything else as base64, with a note that says so.</summary>
    private static void AnnotateText(StepRecord step, ReadOnlySpan<byte> bytes, bool truncated)
    {
        try
        {
            step.Annotate("request_body", StrictUtf8.GetString(truncated ? TrimPartialCharacter(bytes) : bytes));
        }
        catch (DecoderFallbackException)
        {
            step.Annotate("request_body", Convert.ToBase64String(bytes));
            step.Annotate("request_body_encoding", "base64");
        }
    }

    /// <summary>A prefix may end inside a character of several bytes; that is no reason to call the body binary.</summary>
    private static ReadOnlySpan<byte> TrimPartialCharacter(ReadOnlySpan<byte> bytes)
    {
        var start = bytes.Length;
        while (start > 0 && bytes.Length - start < 4 && (bytes[start - 1] & 0xC0) == 0x80)
        {
            start--;
        }

        if (start == 0 || bytes[start - 1] < 0xC0)
        {
            return bytes;
        }

        var lead = bytes[start - 1];
        var expected = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        return bytes.Length - start + 1 < expected ? bytes[..(start - 1)] : bytes;
    }
}
