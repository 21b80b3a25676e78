using System.Buffers;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>Takes values out of the messages of an upstream. A value that is spread over two messages is none.</summary>
/// <param name="automaton">What is looked for.</param>
/// <param name="newest">What is to be looked for by now.</param>
/// <param name="report">Where it is said what was found.</param>
internal sealed class ScrubbedMessages(PatternAutomaton automaton, Func<PatternAutomaton> newest, MessageReport report) : IReceivedMessages
{
    private readonly ScrubberChain _message = new(new StreamScrubber(automaton), newest);
    private readonly ScrubberChain _text = new(new StreamScrubber(automaton), newest);
    private bool _isText;
    private bool _begun;

    /// <inheritdoc />
    public void Begin(bool isText) => (_isText, _begun) = (isText, false);

    /// <inheritdoc />
    public void Take(ReadOnlySpan<byte> piece, bool isLast, ArrayBufferWriter<byte> output)
    {
        if (!_begun)
        {
            _begun = !piece.IsEmpty || isLast;
            _message.Begin(_isText ? ScrubFormat.Text(MessageFormat.Of(piece)) : ScrubFormat.SameLength);
        }

        if (!piece.IsEmpty && _message.Take(piece, output))
        {
            output.Write(piece);
        }

        if (isLast)
        {
            _message.End(output);
        }

        Report(_message);
    }

    /// <inheritdoc />
    public void Replace(Span<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        _text.Begin(ScrubFormat.SameLength);
        if (_text.Take(text, output))
        {
            output.Write(text);
        }

        _text.End(output);
        output.WrittenSpan.CopyTo(text);
        Report(_text);
    }

    private void Report(ScrubberChain chain)
    {
        foreach (var value in chain.Removed)
        {
            report.AddScrubbed(value.Name);
        }
    }
}
