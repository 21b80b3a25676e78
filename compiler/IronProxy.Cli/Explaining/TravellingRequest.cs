using System.Text;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Explaining;

/// <summary>
/// The request as it changes on its way through the steps, so that a step sees what the ones before it did: a placeholder
/// that was swapped is gone, and a header that was set is there.
/// </summary>
internal sealed class TravellingRequest(PlanPolicy policy, CanonicalRequest request, IReadOnlyList<AskedHeader> headers, AskedBody? body)
{
    /// <summary>Stands for a real value. It cannot be in a header, so no placeholder is found in it.</summary>
    private const string Hidden = "\0";

    /// <summary>The same in a body, where it must not break what surrounds it.</summary>
    private const string HiddenInBody = "\uE000";

    private readonly List<AskedHeader> _headers =
        [.. headers.Where(h => !HeaderName.IsHopByHop(h.Name)).Select(h => h with { Value = HeaderName.ToWire(h.Value) })];
    private readonly HashSet<string> _injected = new(StringComparer.OrdinalIgnoreCase);
    private string _path = request.Target.Path;
    private string _query = request.Target.Query;
    private readonly SortedSet<string> _secretPlaces = new(StringComparer.Ordinal);
    private byte[]? _decoded;

    /// <summary>Whether a body was given, empty or not.</summary>
    public bool KnowsBody => body is not null;

    /// <summary>Whether a body was given that has bytes.</summary>
    public bool HasBody => body is { Bytes.Length: > 0 };

    /// <summary>The body as the workload sends it.</summary>
    public ReadOnlyMemory<byte> ReceivedBody => body?.Bytes ?? [];

    /// <summary>Whether a secret was swapped into the body.</summary>
    public bool BodyHoldsSecret { get; private set; }

    /// <summary>Where real values are by now, in the notation of the audit record.</summary>
    public IEnumerable<string> SecretPlaces => _secretPlaces;

    /// <summary>Whether the workload sends the body in chunks, so that its length is not announced.</summary>
    public bool IsChunked { get; } = headers.Any(h =>
        h.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase) && h.Value.Contains("chunked", StringComparison.OrdinalIgnoreCase));

    /// <summary>The query as it is now.</summary>
    public string Query => _query;

    /// <summary>How values are written in the body.</summary>
    public BodyFormat BodyFormat => BodyFormat.Of(Header("Content-Type"));

    /// <summary>Headers as the workload sends them.</summary>
    public string? ReceivedHeader(string name) => ValueOf(headers, name);

    /// <summary>A header as it is now. Null when it is absent.</summary>
    public string? Header(string name) => ValueOf(_headers, name);

    /// <summary>All values of a header as they are now.</summary>
    public IEnumerable<string> HeaderValues(string name) =>
        _headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    /// <summary>Why a step that needs the whole body refuses it. Null when it does not, or none was given.</summary>
    public Reason? HoldBody() => HasBody ? policy.DecideWholeBody(ReceivedBody.Length) : null;

    /// <summary>The body for a step that reads it: whole, within the limit, and without its content coding.</summary>
    public Reason? TryReadBody(out byte[] bytes)
    {
        if (_decoded is not null)
        {
            bytes = _decoded;
            return null;
        }

        bytes = ReceivedBody.ToArray();
        if (HoldBody() is { } tooLarge)
        {
            return tooLarge;
        }

        var encoding = Header("Content-Encoding");
        if (ContentCoding.IsIdentity(encoding))
        {
            return null;
        }

        var limit = policy.Plan.BodyLimits.MaxRequestBytes;
        // Only an absent header is null, and that is no coding.
        return ContentCoding.TryDecode(encoding!, bytes, limit, out bytes) ? policy.DecideWholeBody(bytes.Length) : Reason.BodyEncoding;
    }

    /// <summary>Names of the headers, in their usual spelling.</summary>
    public IEnumerable<string> HeaderNames => _headers.Select(h => HeaderName.Canonical(h.Name));

    /// <summary>Sets what an inject block sets.</summary>
    /// <returns>Where, or null when an earlier entry has set it: the first one wins.</returns>
    public string? Inject(InjectPlan inject)
    {
        var location = inject.Header is { } header ? Location(header) : $"query:{inject.QueryParam}";
        if (!_injected.Add(location))
        {
            return null;
        }

        _secretPlaces.Add(location);

        if (inject.Header is { } name)
        {
            Set(name);
        }

        return location;
    }

    /// <summary>Sets headers that belong together.</summary>
    /// <returns>False when an earlier entry has set one of them: the first one wins.</returns>
    public bool TrySetAll(IReadOnlyCollection<string> names)
    {
        if (HasSetAny(names))
        {
            return false;
        }

        foreach (var name in names)
        {
            _injected.Add(Location(name));
            _secretPlaces.Add(Location(name));
            Set(name);
        }

        return true;
    }

    /// <summary>Whether an earlier entry has set one of some headers.</summary>
    public bool HasSetAny(IEnumerable<string> names) => names.Any(n => _injected.Contains(Location(n)));

    /// <summary>Takes headers away.</summary>
    /// <returns>Those that were there.</returns>
    public IReadOnlyList<string> Remove(IEnumerable<string> names)
    {
        var removed = names.Where(n => Header(n) is not null).ToArray();
        _headers.RemoveAll(h => removed.Contains(h.Name, StringComparer.OrdinalIgnoreCase));
        return removed;
    }

    /// <summary>Swaps a placeholder.</summary>
    /// <returns>Where it was, in the notation of the audit record.</returns>
    /// <param name="placeholder">The placeholder.</param>
    /// <param name="body">The decoded body, when it is scanned.</param>
    public IReadOnlyList<string> Swap(Placeholder placeholder, byte[]? body)
    {
        var locations = new List<string>();
        for (var i = 0; i < _headers.Count; i++)
        {
            var (name, value) = _headers[i];
            if (placeholder.InHeader(name, value))
            {
                locations.Add($"header:{HeaderName.Canonical(name)}");
                _headers[i] = new AskedHeader(name, placeholder.ReplaceInHeader(name, value, Hidden));
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

        if (body is not null && placeholder.CountInBody(body, BodyFormat) > 0)
        {
            locations.Add("body");
            _decoded = placeholder.ReplaceInBody(body, BodyFormat, Encoding.UTF8.GetBytes(HiddenInBody));
            _headers.RemoveAll(h => h.Name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase));
            BodyHoldsSecret = true;
        }

        _secretPlaces.UnionWith(locations);
        return [.. locations.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Removes the headers that are not allowed.</summary>
    /// <returns>Their names, as the audit record lists them.</returns>
    public IReadOnlyList<string> Strip(HeaderMatcher allowed)
    {
        var stripped = HeaderNames.Where(name => !HeaderName.IsFraming(name) && !allowed.Matches(name)).Distinct(StringComparer.Ordinal);
        string[] names = [.. stripped.Order(StringComparer.Ordinal)];
        _headers.RemoveAll(h => names.Contains(HeaderName.Canonical(h.Name)));
        _secretPlaces.ExceptWith(names.Select(Location));
        return names;
    }

    private static string Location(string header) => $"header:{HeaderName.Canonical(header)}";

    private static string? ValueOf(IEnumerable<AskedHeader> headers, string name) =>
        headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).FirstOrDefault();

    private void Set(string name)
    {
        _headers.RemoveAll(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        _headers.Add(new AskedHeader(name, Hidden));
    }
}
