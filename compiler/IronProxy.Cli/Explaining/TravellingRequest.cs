using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Explaining;

/// <summary>
/// The request as it changes on its way through the steps, so that a step sees what the ones before it did: a placeholder
/// that was swapped is gone, and a header that was set is there.
/// </summary>
internal sealed class TravellingRequest(CanonicalRequest request, IEnumerable<AskedHeader> headers)
{
    /// <summary>Stands for a real value. It cannot be in a header, so no placeholder is found in it.</summary>
    private const string Hidden = "\0";

    private readonly List<AskedHeader> _headers = [.. headers.Where(h => !HeaderName.IsHopByHop(h.Name))];
    private readonly HashSet<string> _injected = new(StringComparer.OrdinalIgnoreCase);
    private string _path = request.Target.Path;
    private string _query = request.Target.Query;

    /// <summary>Names of the headers, in their usual spelling.</summary>
    public IEnumerable<string> HeaderNames => _headers.Select(h => HeaderName.Canonical(h.Name));

    /// <summary>Sets what an inject block sets.</summary>
    /// <returns>Where, or null when an earlier entry has set it: the first one wins.</returns>
    public string? Inject(InjectPlan inject)
    {
        var location = inject.Header is { } header ? $"header:{HeaderName.Canonical(header)}" : $"query:{inject.QueryParam}";
        if (!_injected.Add(location))
        {
            return null;
        }

        if (inject.Header is { } name)
        {
            _headers.RemoveAll(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            _headers.Add(new AskedHeader(name, Hidden));
        }

        return location;
    }

    /// <summary>Swaps a placeholder.</summary>
    /// <returns>Where it was, in the notation of the audit record.</returns>
    public IReadOnlyList<string> Swap(Placeholder placeholder)
    {
        var locations = new List<string>();
        for (var i = 0; i < _headers.Count; i++)
        {
            var (name, value) = _headers[i];
            if (placeholder.InHeader(name, value))
            {
                locations.Add($"header:{HeaderName.Canonical(name)}");
                _headers[i] = new AskedHeader(name, value.Replace(placeholder.Token, Hidden, StringComparison.Ordinal));
            }
        }

        if (placeholder.InPath(_path))
        {
            locations.Add("path");
            _path = placeholder.ReplaceEscaped(_path, Hidden);
        }

        if (placeholder.InQuery(_query))
        {
            locations.Add("query");
            _query = placeholder.ReplaceEscaped(_query, Hidden);
        }

        return [.. locations.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Removes the headers that are not allowed.</summary>
    /// <returns>Their names, as the audit record lists them.</returns>
    public IReadOnlyList<string> Strip(HeaderMatcher allowed)
    {
        var stripped = HeaderNames.Where(name => !HeaderName.IsFraming(name) && !allowed.Matches(name)).Distinct(StringComparer.Ordinal);
        string[] names = [.. stripped.Order(StringComparer.Ordinal)];
        _headers.RemoveAll(h => names.Contains(HeaderName.Canonical(h.Name)));
        return names;
    }
}
