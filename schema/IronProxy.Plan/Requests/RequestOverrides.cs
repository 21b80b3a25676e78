using System.Runtime.CompilerServices;

namespace IronProxy.Plan;

/// <summary>
/// What a request's headers say should stand in the place of its method or path. Some frameworks obey them, most do not, so each
/// is a second reading of the request. A copy is cheap, and one without overrides has allocated nothing.
/// </summary>
public struct RequestOverrides
{
    private const int Methods = 3;

    private Values _values;
    private bool _any;
    private bool _contradict;

    /// <summary>Whether there is none.</summary>
    public readonly bool IsEmpty => !_any;

    /// <summary>Looks at a header; all but a few are none of the overrides.</summary>
    public void Add(string name, string? value)
    {
        if (IndexOf(name) is >= 0 and var index && value.AsSpan().Trim(" \t") is { IsEmpty: false } text)
        {
            // Of a header that comes twice nobody knows which one counts.
            _contradict |= _values[index] is { } other && !text.SequenceEqual(other);
            _values[index] = text.ToString();
            _any = true;
        }
    }

    /// <summary>The requests that a server may take a request for by its overrides; the request itself is not among them.</summary>
    /// <param name="request">The request.</param>
    /// <param name="others">Its other readings.</param>
    /// <returns>False when an override cannot be read as a method or path, so that nobody can judge it.</returns>
    internal readonly bool TryApply(CanonicalRequest request, List<CanonicalRequest> others)
    {
        if (_contradict)
        {
            return false;
        }

        var methods = new List<string> { request.Method! }; // Only destinations have none, and they have no headers.
        var targets = new List<RequestTarget> { request.Target };
        for (var i = 0; i < Values.Count; i++)
        {
            if (_values[i] is not { } value)
            {
                continue;
            }

            if (i < Methods)
            {
                // Frameworks do not care for letter case here (Rack, Express).
                var method = value.ToUpperInvariant();
                if (!RequestMethod.IsValid(method) || RequestMethod.Unserved(method) is not null)
                {
                    return false;
                }

                methods.Add(method);
            }
            else if (TryReadTarget(request, value, out var target))
            {
                targets.Add(target);
            }
            else
            {
                return false;
            }
        }

        others.AddRange(
            from method in methods.Distinct(StringComparer.Ordinal)
            from target in targets.Distinct()
            where method != request.Method || target != request.Target
            select request with { Method = method, Target = target });
        return true;
    }

    /// <summary>A path, or a whole URL as nginx's ingress writes it, which must name the request's own place.</summary>
    private static bool TryReadTarget(CanonicalRequest request, string value, out RequestTarget target)
    {
        target = default;
        if (!value.StartsWith('/'))
        {
            if (CanonicalRequest.TrySplitUrl(value, out var scheme, out var authority, out value) is not null
                || authority.Host != request.Host
                || (authority.Port ?? CanonicalRequest.DefaultPort(scheme)) != request.Port)
            {
                return false;
            }
        }

        return RequestTarget.TryCreate(value, out target) is null;
    }

    /// <summary>CGI and its heirs see no difference between a hyphen and an underscore.</summary>
    private static int IndexOf(string name) => name.Length switch
    {
        22 when Is(name, "X-HTTP-Method-Override") => 0,
        13 when Is(name, "X-HTTP-Method") => 1,
        17 when Is(name, "X-Method-Override") => 2,
        14 when Is(name, "X-Original-URL") => 3,
        13 when Is(name, "X-Rewrite-URL") => 4,
        _ => -1,
    };

    private static bool Is(string name, string header)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != header[i] && char.ToUpperInvariant(name[i]) != char.ToUpperInvariant(header[i]) && !(name[i] == '_' && header[i] == '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The values by <see cref="IndexOf"/>: those of methods first.</summary>
    [InlineArray(Count)]
    private struct Values
    {
        public const int Count = 5;

        private string? _first;
    }
}
