using System.Buffers;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>How that is written which takes a value's place.</summary>
internal sealed class ScrubFormat
{
    /// <summary>Byte for byte as long as what it replaces, for bodies that say how long their parts are.</summary>
    public static readonly ScrubFormat SameLength = new(null);

    /// <summary>As it is, for header lines.</summary>
    public static readonly ScrubFormat Line = new(BodyFormat.Raw);

    private readonly BodyFormat? _text;

    private ScrubFormat(BodyFormat? text) => _text = text;

    /// <summary>So that it stays one value in a text.</summary>
    public static ScrubFormat Text(BodyFormat format) => new(format);

    /// <summary>Writes what takes the place of a range.</summary>
    public void Write(in FoundRange range, ScrubPattern pattern, IBufferWriter<byte> output)
    {
        if (_text is null)
        {
            WriteMore(range, pattern, range.Start, range.End, output);
            return;
        }

        var format = range.Escape switch
        {
            EscapeSyntax.Percent => BodyFormat.Form,
            EscapeSyntax.Json => BodyFormat.Json,
            _ => _text,
        };
        output.Write(format.Encode(pattern.Replacement));
    }

    /// <summary>Writes what takes the place of bytes that belong to a range, too.</summary>
    /// <param name="range">The range.</param>
    /// <param name="pattern">Its pattern.</param>
    /// <param name="from">The first of these bytes.</param>
    /// <param name="to">Behind the last.</param>
    /// <param name="output">Where to.</param>
    public void WriteMore(in FoundRange range, ScrubPattern pattern, long from, long to, IBufferWriter<byte> output)
    {
        if (_text is not null)
        {
            return;
        }

        var fill = Encoding.UTF8.GetBytes(pattern.Replacement);
        var place = output.GetSpan((int)(to - from));
        for (var at = from; at < to; at++)
        {
            place[(int)(at - from)] = fill[(at - range.Start) % fill.Length];
        }

        output.Advance((int)(to - from));
    }
}
