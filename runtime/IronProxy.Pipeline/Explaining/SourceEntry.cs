using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Pipeline.Explaining;

/// <summary>An entry of proxy.yaml.</summary>
/// <param name="Place">Its place, such as <c>transforms[0].config.rules[2]</c>.</param>
/// <param name="Line">Its first line.</param>
/// <param name="Lines">Its lines as they are written; of a long entry the first ones.</param>
public sealed record SourceEntry(string Place, int Line, ImmutableArray<string> Lines)
{
    /// <summary>The place as people say it: what stands before the transform's own keys is left out.</summary>
    [JsonIgnore]
    public string ShortPlace
    {
        get
        {
            const string Config = ".config.";
            var config = Place.IndexOf(Config, StringComparison.Ordinal);
            return config < 0 ? Place : Place[(config + Config.Length)..];
        }
    }
}
