using System.Buffers;
using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// The words of a language model, as they are recorded. Whoever runs it was sent the key, and could say it back in any notation that records are searched for: it is taken out first, and
/// the words are cut then.
/// </summary>
/// <param name="key">The key.</param>
internal sealed class ModelWords(ILive<SecretValue> key)
{
    private const string Name = "api_key_env";

    private volatile Search? _search;

    /// <summary>Words without the key.</summary>
    /// <param name="words">The words.</param>
    /// <param name="most">How many bytes of UTF-8 they may have.</param>
    /// <param name="cancellation">Ends the wait for the key.</param>
    public async ValueTask<string> CleanAsync(string words, int most, CancellationToken cancellation)
    {
        var real = await key.GetAsync(cancellation).ConfigureAwait(false);
        if (_search is not { } search || !ReferenceEquals(search.Real, real))
        {
            _search = search = new Search(real, new PatternAutomaton(ScrubbedValue.CanBeFound(real) ? ScrubPattern.Of(new ScrubbedValue(Name, real, ScrubbedValue.NoPlaceholder)) : []));
        }

        return Cut(Clean(Encoding.UTF8.GetBytes(words), search.Automaton), most);
    }

    private static byte[] Clean(byte[] words, PatternAutomaton automaton)
    {
        var scrubber = new StreamScrubber(automaton);
        var output = new ArrayBufferWriter<byte>();
        scrubber.Begin(ScrubFormat.Text(BodyFormat.Raw));
        if (scrubber.Take(words, output))
        {
            return words;
        }

        scrubber.End(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Without half a character at the end.</summary>
    private static string Cut(byte[] words, int most)
    {
        if (words.Length > most)
        {
            while (most > 0 && (words[most] & 0xC0) == 0x80)
            {
                most--;
            }
        }

        return Encoding.UTF8.GetString(words.AsSpan(0, Math.Min(most, words.Length)));
    }

    private sealed record Search(SecretValue Real, PatternAutomaton Automaton);
}
