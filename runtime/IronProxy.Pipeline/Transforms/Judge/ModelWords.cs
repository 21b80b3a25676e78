using System.Buffers;
using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// The words of a language model, as they are recorded. Whoever runs it was sent the key, and could say it back in any notation that records are searched for: it is taken out first, and
/// they are cut then.
/// </summary>
/// <param name="key">The key.</param>
internal sealed class ModelWords(ILive<SecretValue> key)
{
    private const string Name = "api_key";

    private volatile Search? _search;

    /// <summary>Words without the key.</summary>
    /// <param name="words">The words.</param>
    /// <param name="cancellation">Ends the wait for the key.</param>
    public async ValueTask<string> CleanAsync(string words, CancellationToken cancellation)
    {
        var real = await key.GetAsync(cancellation).ConfigureAwait(false);
        if (_search is not { } search || !ReferenceEquals(search.Real, real))
        {
            _search = search = new Search(real, new PatternAutomaton(ScrubbedValue.CanBeFound(real) ? ScrubPattern.Of(new ScrubbedValue(Name, real, ScrubbedValue.NoPlaceholder)) : []));
        }

        return Clean(words, search.Automaton);
    }

    /// <summary>The first characters of words, without half of one at the end.</summary>
    public static string Cut(string words, int most) =>
        words.Length <= most ? words : words[..(char.IsHighSurrogate(words[most - 1]) ? most - 1 : most)];

    /// <summary>The first bytes of words in UTF-8, likewise.</summary>
    public static string CutBytes(string words, int most)
    {
        var bytes = Encoding.UTF8.GetBytes(words).AsSpan();
        if (bytes.Length <= most)
        {
            return words;
        }

        while (most > 0 && (bytes[most] & 0xC0) == 0x80)
        {
            most--;
        }

        return Encoding.UTF8.GetString(bytes[..most]);
    }

    private static string Clean(string words, PatternAutomaton automaton)
    {
        var scrubber = new StreamScrubber(automaton);
        var output = new ArrayBufferWriter<byte>();
        scrubber.Begin(ScrubFormat.Text(BodyFormat.Raw));
        if (scrubber.Take(Encoding.UTF8.GetBytes(words), output))
        {
            return words;
        }

        scrubber.End(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private sealed record Search(SecretValue Real, PatternAutomaton Automaton);
}
